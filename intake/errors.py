"""Refusals of this room."""

from core.errors import Conflict, Invalid


class BatchExists(Conflict):
    code = "batch_exists"
    sentence = "The project has a batch of this name already. Choose another name."


class ItemsLoading(Conflict):
    code = "import_running"
    sentence = "An import that is still running brings an item of this id. Send it again once the import has ended."


class OverlapLowered(Invalid):
    sentence = "The overlap of a batch can only be raised: work that was given out is not taken back."


class OrderFixed(Conflict):
    code = "order_fixed"
    sentence = "So many items of the batch are waiting that their order can no longer be changed."


class ImageInUse(Conflict):
    code = "image_in_use"
    sentence = "An item names this image, so it stays: what people saw when they labelled must not change."
