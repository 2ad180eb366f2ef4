import { describe, expect, it, vi } from "vitest";
import { preloadPictures, renderItem } from "./item_view";
import type { Field } from "./types";

function show(field: Partial<Field>, value: unknown): HTMLElement {
  const whole: Field = { name: "f", type: "text", title: "Field", required: true, ...field };
  const box = document.createElement("div");
  box.append(...renderItem({ id: "i", fields: { f: value } }, [whole]));
  return box;
}

describe("item", () => {
  it.each(["  two  spaces \n\n and lines\t", "<b>bold</b> & <script>x</script>", "هذا with English 👨‍👩‍👧‍👦", "a\r\nb"])("shows %j exactly", (text) => {
    const block = show({}, text).querySelector(".item-text");
    expect(block?.textContent).toBe(text);
    expect(block?.getAttribute("dir")).toBe("auto");
    expect(block?.children).toHaveLength(0);
  });

  it("names the language of a field", () => {
    expect(show({ language: "ar" }, "x").querySelector(".item-text")?.getAttribute("lang")).toBe("ar");
  });

  it("shows a chat turn by turn, as data or as text", () => {
    const turns = [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello" }];
    for (const value of [turns, JSON.stringify(turns)]) {
      expect([...show({ type: "chat" }, value).querySelectorAll(".turn")].map((turn) => turn.textContent)).toEqual(["userHi", "assistantHello"]);
    }
    expect(show({ type: "chat" }, "not json").querySelector(".item-text")?.textContent).toBe("not json");
  });

  it("fetches no picture from elsewhere", () => {
    expect(show({ type: "image" }, "https://example.org/a.png").querySelector("img")).toBeNull();
    expect(show({ type: "image" }, "//example.org/a.png").querySelector("img")).toBeNull();
    expect(show({ type: "image" }, "../secret").textContent).toContain("The picture is missing: ../secret");
    expect(show({ type: "image", title: "Photo" }, "data:image/png;base64,AA==").querySelector("img")?.alt).toBe("Photo");
  });

  it("shows Markdown as the server rendered it, else as it is written", () => {
    const field: Field = { name: "f", type: "markdown", title: "F", language: "fr" };
    const item = { id: "i", fields: { f: "*a* [b](https://example.org)" }, html: { f: '<p><em>a</em> <a href="https://example.org">b</a></p>' } };
    const block = renderItem(item, [field])[0]?.querySelector(".item-markdown");
    expect(block?.querySelector("em")?.textContent).toBe("a");
    expect([block?.getAttribute("lang"), block?.getAttribute("dir"), block?.querySelector("a")?.target]).toEqual(["fr", "auto", "_blank"]);
    expect(show({ type: "markdown" }, "*a*").querySelector(".item-text")?.textContent).toBe("*a*");
  });

  it("keeps the lines of a turn, also where it comes in parts", () => {
    const turns = [{ from: "human", text: "if a:\n    b()" }, { role: "assistant", content: [{ type: "text", text: "x" }, { type: "text", text: "y" }] }];
    expect([...show({ type: "chat" }, turns).querySelectorAll(".turn .item-text")].map((turn) => turn.textContent)).toEqual(["if a:\n    b()", "x\ny"]);
  });

  it("shows an uploaded picture through its item, and says so where it is not there", () => {
    const box = show({ type: "image" }, "my cat.png");
    expect(box.querySelector("img")?.getAttribute("src")).toBe("../files/my%20cat.png?item=i");
    box.querySelector("img")?.dispatchEvent(new Event("error"));
    expect(box.textContent).toContain("The picture is missing: my cat.png");
  });

  it("fetches uploaded pictures of waiting items once, and nothing else", () => {
    const made: string[] = [];
    vi.stubGlobal("Image", class { set src(source: string) { made.push(source); } });
    const field: Field = { name: "f", type: "image", title: "F" };
    for (const value of ["next.png", "next.png", "data:image/png;base64,AA==", "https://example.org/a.png", 3]) preloadPictures({ id: "i", fields: { f: value } }, [field]);
    preloadPictures({ id: "i", fields: { f: "text.png" } }, [{ ...field, type: "text" }]);
    vi.unstubAllGlobals();
    expect(made).toEqual(["../files/next.png?item=i"]);
  });

  it("says in words that a picture cannot be loaded, and does not spell a data URL out", () => {
    const box = show({ type: "image" }, "data:image/png;base64,AA==");
    box.querySelector("img")?.dispatchEvent(new Event("error"));
    expect(box.textContent).toContain("The picture is missing: data:image/png that cannot be shown");
  });

  it("shows JSON as a tree that opens, short values on one line", () => {
    const tree = show({ type: "json" }, { short: { a: 1, b: null }, long: { deep: { deeper: [[1], [2]] } }, word: "x" });
    expect([...tree.querySelectorAll("details")].map((branch) => branch.open)).toEqual([true, true, false]);
    expect(tree.textContent).toContain('short: {"a":1,"b":null}');
    const closed = tree.querySelector<HTMLDetailsElement>("details:not([open])");
    expect(closed?.textContent).toBe("deep: 1 value");
    if (closed) closed.open = true;
    closed?.dispatchEvent(new Event("toggle"));
    expect(closed?.textContent).toContain("deeper:");
    expect(show({ type: "json" }, '{"a": [1]}').querySelector(".json-tree")).not.toBeNull();
    expect(show({ type: "json" }, "not json").querySelector(".item-text")?.textContent).toBe("not json");
  });

  it("says that a value is empty, and shows zero", () => {
    expect(show({}, "").querySelector(".item-missing")?.textContent).toBe("Empty");
    expect(show({ type: "number" }, 0).querySelector(".item-text")?.textContent).toBe("0");
  });

  it("leaves out optional fields an item does not have", () => {
    expect(renderItem({ id: "i", fields: {} }, [{ name: "f", type: "text", title: "F" }])).toEqual([]);
  });
});
