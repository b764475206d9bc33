/** The small picture of a photo: its part of the sheet, or a sign where there is none. Decoration: the name is beside it. */
import { Icon } from "../../components/icon.tsx";
import type { Box } from "./photo-set.ts";
import { spriteStyle } from "./sprite.ts";
import type { Sheet } from "./use-photo-set.ts";

export function PhotoPicture({ sheet, box }: { sheet: Sheet | null; box: Box | null }) {
  return (
    <span className="photo-picture">
      {sheet && box ? (
        <span
          className="photo-sprite"
          data-upright={box.height > box.width || undefined}
          style={spriteStyle(sheet, box)}
        />
      ) : (
        <Icon name="pictures" />
      )}
    </span>
  );
}
