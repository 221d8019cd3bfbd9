from django.db import migrations

# The same table as `dunning.states.PLACEMENT_MOVES` on the day of this migration; a test compares them.
MOVES = (
    "draft>approved draft>closed approved>sent approved>closed sent>received sent>returned sent>closed received>returned received>closed"
).split()

LEGAL = f"""
CREATE FUNCTION check_placement_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[{", ".join(repr(move) for move in MOVES)}])) THEN
        RAISE EXCEPTION 'a placement that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER placement_moves BEFORE UPDATE OF state ON dunning_placement
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_placement_move();
"""

FREED = """
CREATE FUNCTION free_placed_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE dunning_placeditem SET is_standing = false WHERE placement_id = NEW.id AND is_standing;
    RETURN NULL;
END $$;
CREATE TRIGGER placed_items_are_freed AFTER UPDATE OF state ON dunning_placement
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('returned', 'closed')) EXECUTE FUNCTION free_placed_items();
"""


class Migration(migrations.Migration):
    replaces = [("dunning", "0031_item_at_one_agency")]
    dependencies = [("dunning", "0005_item_in_one_proposal")]

    operations = [
        migrations.RunSQL(LEGAL, "DROP TRIGGER placement_moves ON dunning_placement; DROP FUNCTION check_placement_move();"),
        migrations.RunSQL(FREED, "DROP TRIGGER placed_items_are_freed ON dunning_placement; DROP FUNCTION free_placed_items();"),
    ]
