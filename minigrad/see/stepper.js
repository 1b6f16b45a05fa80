// The stepper: what changes at each step of backward, on a page and in a notebook alike.
// model: get("picture"), get("states"), get("position"), set, save_changes, on, as anywidget has it.
function render({ model, el, keys = el }) {
  const states = model.get("states");
  const picture = model.get("picture");
  el.classList.add("mg-stepper");
  el.innerHTML = `<div class="bar"><button class="back">&#9664; back</button>
    <button class="forward">forward &#9654;</button>
    <input type="range" min="0" max="${states.length - 1}" aria-label="position">
    <span class="count"></span><small>keys: &#8592; &#8594;</small></div>
    <div class="told" aria-live="polite"></div><div class="picture">${picture}</div>`;
  const find = (selector) => el.querySelector(selector);
  const boxes = [...el.querySelectorAll("[data-box]")];
  const gradients = boxes.map((box) => box.querySelector(".gradient"));
  const widest = gradients.map((words) => words?.textContent); // while waiting, unseen
  const lines = [...el.querySelectorAll(".line")];
  const hold = find(".picture");
  const svg = find(".picture > svg"); // shrinks to fit, but not below what can be read
  if (svg) svg.style.minWidth = 0.8 * svg.getAttribute("width") + "px";
  let position = 0;
  function show(next) {
    position = Math.max(0, Math.min(states.length - 1, next));
    const now = states[position];
    const known = new Map(states.slice(0, position + 1).flatMap((state) => state.sets));
    boxes.forEach((box, k) => {
      box.classList.toggle("now", k === now.box);
      box.classList.toggle("waiting", !known.has(k));
      if (gradients[k]) gradients[k].textContent = known.get(k) ?? widest[k];
    });
    lines.forEach((line) => line.classList.toggle("now",
      Number(line.dataset.to) === now.box && now.from.includes(Number(line.dataset.from))));
    find(".told").textContent = now.text;
    find(".count").textContent = position + " of " + (states.length - 1);
    find("input").value = position;
    find(".back").disabled = position === 0;
    find(".forward").disabled = position === states.length - 1;
    reveal(boxes[now.box]);
  }
  function reveal(box) { // scrolls the picture, and never the page around it
    if (!box) return;
    const inside = box.getBoundingClientRect(), frame = hold.getBoundingClientRect();
    hold.scrollLeft += (inside.left + inside.right - frame.left - frame.right) / 2;
    hold.scrollTop += (inside.top + inside.bottom - frame.top - frame.bottom) / 2;
  }
  function go(next) {
    show(next);
    model.set("position", position);
    model.save_changes();
  }
  find("input").oninput = (event) => go(Number(event.target.value));
  find(".back").onclick = () => go(position - 1);
  find(".forward").onclick = () => go(position + 1);
  keys.addEventListener("keydown", (event) => {
    if (event.target.type === "range") return; // it has these keys itself
    if (event.key === "ArrowRight" || event.key === "n") go(position + 1);
    if (event.key === "ArrowLeft" || event.key === "p") go(position - 1);
  });
  model.on("change:position", () => show(model.get("position")));
  show(model.get("position"));
}
