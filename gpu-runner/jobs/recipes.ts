/** Every recipe this runner has, by the name of its job type. */
import { animateRecipe } from "./animate/recipe.ts";
import { echoRecipe } from "./echo/recipe.ts";
import { imageToSvgRecipe } from "./image-to-svg/recipe.ts";
import type { Recipe } from "./job.ts";
import { logoTo3dRecipe } from "./logo-to-3d/recipe.ts";
import { photogrammetryRecipe } from "./photogrammetry/recipe.ts";
import { removeBackgroundRecipe } from "./remove-background/recipe.ts";
import { textTo3dRecipe } from "./text-to-3d/recipe.ts";

const ALL = [
  logoTo3dRecipe,
  textTo3dRecipe,
  removeBackgroundRecipe,
  imageToSvgRecipe,
  animateRecipe,
  photogrammetryRecipe,
  echoRecipe,
] as readonly Recipe[];

export const RECIPES: ReadonlyMap<string, Recipe> = new Map(ALL.map((recipe) => [recipe.type.name, recipe]));
