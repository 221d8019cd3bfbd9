"""The way to an agency as it is set up, in the admin and on its page: secrets are written, never shown, and stay with their place."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dunning.agencies.debitura import is_secret
from dunning.agencies.report_profile import parse_report_profile
from dunning.agencies.ways import missing, reach
from dunning.models import AgencyDelivery
from receivables.core.errors import ProfileError, Refused
from receivables.messaging.channels.agency_sftp import read_host_key, read_private_key
from receivables.outside import NotAllowed, allowed_url

_STAYS = gettext_lazy("Empty: it stays as it is.")
_OF_WAY: Mapping[str, Any] = {
    **dict.fromkeys(("host", "port", "username", "folder", "reply_folder", "host_key"), "SFTP"),
    **dict.fromkeys(("address", "phone"), gettext_lazy("encrypted e-mail")),
    "url": "REST",
}
"""Which way a field is for."""


class AgencyWayForm(forms.ModelForm):
    """An empty secret stays as it is."""

    way = forms.ChoiceField(label=gettext_lazy("Way of delivery"), choices=AgencyDelivery.Way.choices)
    new_secret = forms.CharField(
        label=gettext_lazy("Password, or key of the interface"), required=False, max_length=300, strip=True, widget=forms.PasswordInput,
        help_text=_STAYS,
    )  # fmt: skip
    new_private_key = forms.CharField(
        label=gettext_lazy("Private key for SFTP"), required=False, max_length=10_000, widget=forms.Textarea, help_text=_STAYS
    )

    new_hook_secret = forms.CharField(
        label=gettext_lazy("Secret of its webhook"), required=False, max_length=300, strip=True, widget=forms.PasswordInput,
        help_text=_STAYS,
    )  # fmt: skip

    class Meta:
        model = AgencyDelivery
        fields: tuple[str, ...] = (
            "agency", "sends", "host", "port", "username", "folder", "reply_folder", "host_key", "address", "phone", "url",
            "report_profile",
        )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, way in _OF_WAY.items():
            self.fields[name].help_text = way
        for name in ("host_key", "report_profile", "new_private_key"):
            self.fields[name].widget.attrs["rows"] = 4
        if self.instance.agency_id:
            self.fields["way"].initial = self.instance.agency.delivery

    def clean_phone(self) -> str:
        """As people write it, with spaces."""
        return "".join(str(self.cleaned_data["phone"]).split())

    def clean_host_key(self) -> str:
        """Kind and key, nothing else."""
        line = str(self.cleaned_data["host_key"]).strip()
        try:
            return " ".join(line.split()[:2]) if line and read_host_key(line) else ""
        except Refused as refusal:
            raise forms.ValidationError(_(refusal.text)) from refusal

    def clean_new_private_key(self) -> str:
        """One that can be used."""
        text = str(self.cleaned_data["new_private_key"])
        try:
            if text.strip():
                read_private_key(text)
        except Refused as refusal:
            raise forms.ValidationError(_(refusal.text)) from refusal
        return text if text.strip() else ""

    def clean_new_hook_secret(self) -> str:
        """Base64, as Debitura shows it once."""
        text = str(self.cleaned_data["new_hook_secret"])
        if text and not is_secret(text):
            raise forms.ValidationError(_("This is no secret of a webhook: copy it whole, as the agency shows it."))
        return text

    def clean_url(self) -> str:
        """Only what may be asked."""
        url = str(self.cleaned_data["url"]).strip().rstrip("/")
        try:
            if url:
                allowed_url(url, reach=reach())
        except NotAllowed as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return url

    def clean_report_profile(self) -> str:
        """A layout that can be read."""
        text = str(self.cleaned_data["report_profile"])
        try:
            if text.strip():
                parse_report_profile(text)
        except ProfileError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return text if text.strip() else ""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        has_moved = {"host", "port", "username", "url"} & set(self.changed_data) and self.instance.pk
        if (
            has_moved
            and (self.instance.secret or self.instance.private_key)
            and not (said.get("new_secret") or said.get("new_private_key"))
        ):
            self.add_error("new_secret", _("Give the secret as well: it is never sent to another place than it was given for."))
        if said.get("new_secret"):
            self.instance.secret = said["new_secret"]
        if said.get("new_hook_secret"):
            self.instance.hook_secret = said["new_hook_secret"]
        if said.get("new_private_key"):
            self.instance.private_key = said["new_private_key"]
        if not self.errors and said.get("sends"):
            self._needs_whole(said)
        return said

    def _needs_whole(self, said: dict[str, Any]) -> None:
        """Sending is switched on only where nothing is missing."""
        plain = {name: said[name] for name in AgencyWayForm.Meta.fields if name not in ("agency", "sends")}
        setup = AgencyDelivery(**plain, secret=self.instance.secret, private_key=self.instance.private_key)
        for name in missing(said["way"], setup):
            self.add_error("new_secret" if name == "secret" else name, _("This way needs it before sending is switched on."))


class OwnWayForm(AgencyWayForm):
    """The same for one agency, which is chosen already: on its page, in parts for each way."""

    HEAD = ("way", "sends")
    GROUPS = (
        (gettext_lazy("SFTP"), ("host", "port", "username", "folder", "host_key", "new_private_key")),
        (gettext_lazy("Encrypted e-mail"), ("address", "phone")),
        (gettext_lazy("Interface, and events that the agency sends"), ("url", "new_hook_secret")),
        (gettext_lazy("Secret of SFTP or of the interface"), ("new_secret",)),
        (gettext_lazy("Reports that come back"), ("reply_folder", "report_profile")),
    )
    HINTS: Mapping[str, Any] = {
        "host_key": gettext_lazy("Kind and key, as ssh-keyscan shows it. No other server is believed."),
        "folder": gettext_lazy("On the server; a dot is where one arrives."),
        "reply_folder": gettext_lazy("On the server. Empty: no reports are fetched."),
        "phone": gettext_lazy("With the country, such as +48 601 234 567. The password of each package goes there by SMS."),
        "report_profile": gettext_lazy("YAML, for an agency that has a layout of its own. Empty: the neutral one."),
    }

    class Meta(AgencyWayForm.Meta):
        fields = tuple(name for name in AgencyWayForm.Meta.fields if name != "agency")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in {*_OF_WAY, *self.HINTS}:
            self.fields[name].help_text = self.HINTS.get(name, "")

    @property
    def head(self) -> list[forms.BoundField]:
        """What is asked whatever the way."""
        return [self[name] for name in self.HEAD]

    @property
    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """Each part: its heading, and its fields."""
        return ((heading, [self[name] for name in names]) for heading, names in self.GROUPS)
