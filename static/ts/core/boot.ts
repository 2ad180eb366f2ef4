/** Data that the server put into the page with Django's `json_script`. */
export function readBoot<T>(id: string, root: Document = document): T {
  const element = root.getElementById(id);
  if (!element?.textContent) throw new Error(`the page carries no data under "${id}"`);
  return JSON.parse(element.textContent) as T;
}
