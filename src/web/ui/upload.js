// The entry: reads what the server wrote into the page and makes more of it than a plain form.
import { accentProperties } from "./color.js";
import { moment } from "./format.js";
import { Page } from "./page.js";

const root = document.documentElement;
const data = JSON.parse(document.getElementById("stile").textContent);

for (const [name, value] of Object.entries(accentProperties(data.accent_color) ?? {})) root.style.setProperty(name, value);
for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = moment(Date.parse(time.dateTime) / 1000);
}
if (data.state) new Page(data);
root.classList.add("js");
