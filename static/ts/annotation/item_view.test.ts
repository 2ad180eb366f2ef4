import { describe, expect, it } from "vitest";
import { renderItem } from "./item_view";
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
    expect(show({ type: "image" }, "cat.png").textContent).toContain("The picture is missing: cat.png");
    expect(show({ type: "image", title: "Photo" }, "data:image/png;base64,AA==").querySelector("img")?.alt).toBe("Photo");
  });

  it("says that a value is empty, and shows zero", () => {
    expect(show({}, "").querySelector(".item-missing")?.textContent).toBe("Empty");
    expect(show({ type: "number" }, 0).querySelector(".item-text")?.textContent).toBe("0");
  });

  it("leaves out optional fields an item does not have", () => {
    expect(renderItem({ id: "i", fields: {} }, [{ name: "f", type: "text", title: "F" }])).toEqual([]);
  });
});
