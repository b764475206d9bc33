/** Every recipe this runner has, by the name of its job type. */
import { echoRecipe } from "./echo/recipe.ts";
import type { Recipe } from "./job.ts";

export const RECIPES: ReadonlyMap<string, Recipe> = new Map([echoRecipe].map((recipe) => [recipe.type.name, recipe as Recipe]));
