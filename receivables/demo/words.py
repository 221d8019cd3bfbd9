"""Polish names of people, firms, streets and towns, as they are written. Any likeness is chance."""


def _listed(text: str) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(" ".join(word.split()) for word in text.split(","))


WOMEN = _listed(
    """
    Agnieszka, Aleksandra, Anna, Barbara, Bożena, Danuta, Dorota, Elżbieta, Ewa, Grażyna, Iwona, Jolanta, Justyna, Kinga, Łucja,
    Magdalena, Małgorzata, Oliwia, Róża, Stanisława, Wioletta, Zofia, Żaneta
    """
)
MEN = _listed(
    """
    Andrzej, Błażej, Dariusz, Grzegorz, Jacek, Jędrzej, Józef, Kazimierz, Krzysztof, Łukasz, Michał, Paweł, Przemysław, Ryszard,
    Sławomir, Stanisław, Tomasz, Wiesław, Władysław, Zbigniew, Zdzisław
    """
)
SURNAMES = _listed(
    """
    Bąk, Błaszczyk, Chmielewski, Ćwik, Dąbrowski, Dziedzic, Gąsiorowski, Głąb, Gołąb, Grześkowiak, Jabłoński, Jóźwiak, Kaźmierczak,
    Kołodziej, Kościelny, Kozłowski, Krawczyk, Książek, Kwaśniewski, Łapiński, Łuczak, Maślanka, Mączka, Mróz, Nowak, Ociepka, Pająk,
    Pietrzyk, Podgórski, Różański, Rząsa, Sęk, Sówka, Stępień, Szczęsny, Szymański, Ślęzak, Świątek, Trębacz, Twaróg, Węgrzyn,
    Wiśniewski, Wójcik, Wróbel, Zając, Zieliński, Ziółkowski, Źrebiec, Żak, Żółtowski
    """
)
TRADES = _listed(
    """
    Kwiaciarnia, Restauracja, Kawiarnia, Hotel, Pensjonat, Galeria, Pracownia Wnętrz, Sklep z Upominkami, Palarnia Kawy, Herbaciarnia,
    Cukiernia, Piekarnia, Bistro, Winiarnia, Agroturystyka, Studio Ceramiki, Dom Gościnny, Browar Rzemieślniczy
    """
)
SIGNS = _listed(
    """
    Bławatek, Błękitna Filiżanka, Bursztyn, Cztery Kąty, Dąbrówka, Dziki Bez, Gościniec, Gęsie Pióro, Jaśmin, Jeżyna, Jutrzenka, Kłos,
    Koniczyna, Łabędź, Łąka, Magnolia, Miętowa, Mały Książę, Nad Brdą, Na Skarpie, Niezapominajka, Pod Aniołem, Pod Bocianem, Pod Lipą,
    Pod Żaglami, Półmisek, Poziomka, Pszczółka, Rumianek, Słoneczna Grań, Słowik, Stary Młyn, Stokrotka, Szafirek, Śnieżka, Świerszcz,
    Tęcza, U Jędrzeja, Ważka, Wierzba, Wrzosowisko, Zacisze, Zielona Gęś, Złoty Róg, Źdźbło, Źródełko, Żabie Oczko, Żurawina, Żuraw,
    Żółta Łódź
    """
)
STREETS = _listed(
    """
    ul. Brzozowa, ul. Długa, ul. Dębowa, ul. Gęsia, ul. Jeżynowa, ul. Kościelna, ul. Krótka, ul. Kwiatowa, ul. Lipowa, ul. Łąkowa, ul.
    Młyńska, ul. Nadrzeczna, ul. Ogrodowa, ul. Piękna, ul. Pogodna, ul. Północna, ul. Rybacka, ul. Słoneczna, ul. Szewska, ul. Śliwkowa,
    ul. Świętojańska, ul. Wąska, ul. Wiśniowa, ul. Zaułek, ul. Źródlana, ul. Żeglarska, al. Dębowa, pl. Targowy, os. Pod Lasem
    """
)
_TOWNS = _listed(
    """
    00-950 Warszawa, 05-500 Piaseczno, 10-100 Olsztyn, 15-062 Białystok, 20-001 Lublin, 25-001 Kielce, 30-001 Kraków, 33-100 Tarnów,
    34-500 Zakopane, 35-001 Rzeszów, 38-500 Sanok, 40-001 Katowice, 42-200 Częstochowa, 43-450 Ustroń, 45-001 Opole, 50-001 Wrocław,
    58-500 Jelenia Góra, 60-001 Poznań, 62-200 Gniezno, 65-001 Zielona Góra, 70-001 Szczecin, 78-100 Kołobrzeg, 80-001 Gdańsk, 81-301
    Gdynia, 84-230 Rumia, 85-001 Bydgoszcz, 87-100 Toruń, 90-001 Łódź, 97-300 Piotrków Trybunalski, 99-400 Łowicz
    """
)
TOWNS = tuple((town[:6], town[7:]) for town in _TOWNS)  # postcode, name
PUBLIC_BODIES = _listed(
    """
    Gmina Źródła Małe, Szkoła Podstawowa nr 7 im. Marii Dąbrowskiej, Miejski Dom Kultury w Brzeźnie, Przedszkole Samorządowe „Żabka”,
    Urząd Miejski w Świerczu, Muzeum Garncarstwa w Łążku, Zespół Szkół Plastycznych, Dom Pomocy Społecznej „Złota Jesień”
    """
)

_FEMALE_ENDINGS = (("ski", "ska"), ("cki", "cka"), ("dzki", "dzka"), ("ny", "na"))


def surname_of_woman(surname: str) -> str:
    """Wiśniewski → Wiśniewska, Kościelny → Kościelna; others are the same for both."""
    return next((surname.removesuffix(his) + hers for his, hers in _FEMALE_ENDINGS if surname.endswith(his)), surname)


_PLAIN = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")


def plain(text: str) -> str:
    """Letters without their marks, small, words joined by dashes: for domains and the names before the @."""
    kept = "".join(sign if sign.isalnum() and sign.isascii() else " " for sign in text.translate(_PLAIN))
    return "-".join(kept.lower().split())
