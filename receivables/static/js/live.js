// A form [data-live="id"] is shown as it stands in the element of that id: a moment after each change it is posted with the header X-Look.
// Without this module its button does the same by a page of its own.

const WAIT = 700;

for (const form of document.querySelectorAll("form[data-live]")) {
  const place = document.getElementById(form.dataset.live);
  let timer;
  let asked;

  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.getAttribute("action") || location.href, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Look": "live" },
        signal: asked.signal,
      });
      if (answer.ok) place.innerHTML = await answer.text();
      place.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name !== "AbortError") place.removeAttribute("aria-busy");
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  };

  if (place) {
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
  }
}
