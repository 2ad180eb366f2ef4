"""A hand on the text of an item: where a part of it lies on the screen, and drawing over it."""

SETTLE_MS = 120
"""The page takes a selection over with the frame after the button is let go."""

# Both ends of a stretch, in UTF-16, as points of the window: just inside its first and its last grapheme.
POINTS = """
([start, end]) => {
  const walker = document.createTreeWalker(document.querySelector('.span-surface'), NodeFilter.SHOW_TEXT,
    (node) => node.parentElement.closest('.span-line') ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
  const leaves = [];
  let text = '';
  for (let node; (node = walker.nextNode()); text += node.data) leaves.push([text.length, node]);
  const graphemes = [...new Intl.Segmenter(undefined, {granularity: 'grapheme'}).segment(text)];
  const box = ({index, segment}) => {
    const [from, node] = leaves.findLast(([at]) => at <= index);
    const range = document.createRange();
    range.setStart(node, index - from);
    range.setEnd(node, Math.min(index - from + segment.length, node.length));
    return range.getBoundingClientRect();
  };
  const first = graphemes.find(({index, segment}) => index <= start && start < index + segment.length);
  const last = graphemes.find(({index, segment}) => index < end && end <= index + segment.length);
  const backwards = ({segment}) => /[\\p{Script=Arabic}\\p{Script=Hebrew}]/u.test(segment);
  const pane = document.body.dataset.layout === 'single' ? document.scrollingElement : document.getElementById('item');
  const {top} = box(first);
  if (top < 80 || top > innerHeight - 200) pane.scrollTop += top - innerHeight / 2;
  const a = box(first), b = box(last);
  if (a.width < 2 || b.width < 2) return null;
  const side = (rect, atStart) => atStart ? rect.left + rect.width * 0.2 : rect.right - rect.width * 0.2;
  return [side(a, !backwards(first)), (a.top + a.bottom) / 2, side(b, backwards(last)), (b.top + b.bottom) / 2];
}
"""


def utf16(text, offset):
    return len(text[:offset].encode("utf-16-le")) // 2


def points(page, text, start, end):
    """Where the hand goes down and up to draw over `text[start:end]`; None where there is nothing to see."""
    return page.evaluate(POINTS, [utf16(text, start), utf16(text, end)])


def draw(page, text, start, end):
    """Draw over a part of the text with the mouse; False where there is nothing to see of it."""
    found = points(page, text, start, end)
    if found is None:
        return False
    x, y, to_x, to_y = found
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + to_x) / 2, (y + to_y) / 2, steps=3)
    page.mouse.move(to_x, to_y, steps=3)
    page.mouse.up()
    page.wait_for_timeout(SETTLE_MS)
    return True


def heard(page):
    """What a screen reader was told last."""
    return page.locator("#announce").text_content() or ""
