// The page of the data set as a whole.
import { json } from "./api.js";
import { element } from "./element.js";

export async function showDataset(page) {
  const told = await json("api/dataset");
  page.append(element("p", {}, `${told.rows} clips in ${told.shards.length} shards`));
}
