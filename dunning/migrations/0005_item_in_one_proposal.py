from django.db import migrations

# A plan locks its items: both come under the lock of their customer, so this only catches who forgot it.
LOCKED = """
CREATE FUNCTION check_item_in_one_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM dunning_plannedline line JOIN dunning_notice notice ON notice.id = line.notice_id
        WHERE line.case_id = NEW.case_id AND line.notice_id <> NEW.notice_id AND notice.state = 'proposed'
            AND NOT EXISTS (SELECT 1 FROM dunning_planedit edit WHERE edit.notice_id = notice.id AND edit.case_id = NEW.case_id)
    ) THEN
        RAISE EXCEPTION 'an item stands in one proposal at a time' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER item_in_one_proposal BEFORE INSERT ON dunning_plannedline FOR EACH ROW EXECUTE FUNCTION check_item_in_one_proposal();
"""
UNLOCKED = "DROP TRIGGER item_in_one_proposal ON dunning_plannedline; DROP FUNCTION check_item_in_one_proposal();"


class Migration(migrations.Migration):
    replaces = [("dunning", "0012_runs")]
    dependencies = [("dunning", "0004_policy_versions")]

    operations = [
        migrations.RunSQL(LOCKED, UNLOCKED),
    ]
