//! The north of Europe, and where English is spoken.

use super::People;

#[rustfmt::skip]
pub(super) const PEOPLES: &[People] = &[
    People {
        country: "US", language: "en-US", zone: "America/New_York", weight: 9,
        women: "Ada Grace Mary-Jane Renée Chloë Shaniqua Ruth Dolores Kiʻilani Beyoncé Aaliyah Sue",
        men: "John D’Andre Robert Tyrone Miles Zachary José LeVar Wm. Kai Bartholomew Chip",
        families: "Smith O’Brien Washington McDonald Null Nguyen García St._John Lincoln-Douglas \
            Kaʻahumanu Doe Begay Johnson Van_Der_Beek True Roe",
        cities: &[
            ("New York", "New York", "NY", "100##"), ("Atlanta", "Georgia", "GA", "303##"),
            ("Philadelphia", "Pennsylvania", "PA", "191##"), ("Miami", "Florida", "FL", "331##-####"),
            ("Boston", "Massachusetts", "MA", "021##"), ("Cleveland", "Ohio", "OH", "441##"),
        ],
        streets: &["~ Main Street", "~1 W 42nd St", "~ Martin Luther King Jr. Blvd.", "~½ Elm Ave",
            "1 Infinite Loop, Bldg. ~", "PO Box ~"],
        flats: &["Apt. ~B", "Suite 1~", "Attn: Receiving"],
        companies: &["* & Sons, Inc.", "* LLC", "The * Company"],
        // The North American Numbering Plan keeps 555-0100 to 555-0199 for fiction.
        phones: &["(212) 555-01##", "+1 404 555 01##", "617-555-01##", "+1-305-555-01## ext. 7"],
        idn: "café.example", vat: "",
    },
    People {
        country: "CA", language: "fr-CA", zone: "America/Toronto", weight: 4,
        women: "Geneviève Maëlle Océane Margaret Naïma Élise", men: "Rémi Benoît Gordon Zacharie Ovide Noël",
        families: "Tremblay Côté Gagné MacKenzie Bélanger Lévesque Saint-Pierre Qaqqaq",
        cities: &[
            ("Montréal", "Québec", "QC", "H2X #@#"), ("Toronto", "Ontario", "ON", "M5V #@#"),
            ("Trois-Rivières", "Québec", "QC", "G9A #@#"), ("Ottawa", "Ontario", "ON", "K1P #@#"),
        ],
        streets: &["~, rue Saint-Denis", "~ Queen Street W", "~, chemin de la Côte-des-Neiges"],
        flats: &["app. ~", "Unit ~"],
        companies: &["Dépanneur *", "* Canada ltée"],
        phones: &["+1 514 555-01##", "(416) 555-01##"],
        idn: "québec.example", vat: "",
    },
    People {
        country: "GB", language: "en-GB", zone: "Europe/London", weight: 7,
        women: "Emily Siân Aoife Poppy Zara Ffion Harriet Chloë Imogen Priya",
        men: "Oliver Dafydd Alasdair Harry Rhys Muhammad Nigel Zack Iestyn Percy",
        families: "Brontë Smith-Jones ap_Rhys MacLeòid Ó_Cuinn Featherstonehaugh Cholmondeley Patel \
            Llewellyn Wright",
        cities: &[
            ("London", "England", "ENG", "SW1A #@@"), ("Manchester", "England", "ENG", "M1 #@@"),
            ("Edinburgh", "Scotland", "SCT", "EH1 #@@"), ("Leeds", "England", "ENG", "LS# #@@"),
            ("Ynys Môn", "Wales", "WLS", "LL6# #@@"),
        ],
        streets: &["~ High Street", "~a Church Lane", "The Old Rectory, ~ Mill Road", "~ King’s Parade"],
        flats: &["Flat ~", "Basement"],
        companies: &["* & Daughters Ltd", "The * Arms", "* plc"],
        // Ofcom keeps these for drama.
        phones: &["+44 20 7946 0###", "0113 496 0###", "07700 900###", "+44 131 496 0###"],
        idn: "siân.example", vat: "",
    },
    People {
        country: "IE", language: "ga-IE", zone: "Europe/Dublin", weight: 2,
        women: "Síle Bríd Caoimhe Gráinne Úna Róisín", men: "Seán Pádraig Cillian Tadhg Oisín Fionn",
        families: "Ní_Bhriain|Ó_Briain Ní_Dhomhnaill|Ó_Domhnaill Nic_Gearailt|Mac_Gearailt \
            Ní_Mháille|Ó_Máille",
        cities: &[
            ("Baile Átha Cliath", "Laighin", "L", "D02 @###"), ("Gaillimh", "Connachta", "C", "H91 @###"),
            ("Corcaigh", "An Mhumhain", "M", "T12 @###"),
        ],
        streets: &["~ Sráid Uí Chonaill", "~ An tSráid Mhór"],
        flats: &["Árasán ~"],
        companies: &["* Teoranta"],
        // ComReg keeps these for drama.
        phones: &["+353 20 91# ####", "020 91# ####"],
        idn: "éire.example", vat: "IE0000###AA",
    },
    People {
        country: "AU", language: "en-AU", zone: "Australia/Sydney", weight: 3,
        women: "Matilda Kylie Olivia Jedda Bronwyn", men: "Bruce Lachlan Jarrah Ned Hamish",
        families: "Ng Taylor O’Reilly Papadopoulos Yunupingu Wu",
        cities: &[
            ("Sydney", "New South Wales", "NSW", "20##"), ("Melbourne", "Victoria", "VIC", "30##"),
            ("Wagga Wagga", "New South Wales", "NSW", "2650"),
        ],
        streets: &["~ Wallaby Way", "~/7 Collins Street", "Lot ~ Old Coast Road"],
        flats: &["Unit ~"],
        companies: &["* Pty Ltd"],
        // ACMA keeps these for creative works.
        phones: &["(02) 5550 ####", "+61 3 7010 ####"],
        idn: "flat-white.example", vat: "",
    },
    People {
        country: "SE", language: "sv-SE", zone: "Europe/Stockholm", weight: 3,
        women: "Åsa Märta Görel Linnéa Desirée Maj-Britt", men: "Åke Björn Göran Håkan Örjan Sören",
        families: "Åkesson Sjöberg Öberg Nyström Lövgren Ängström Hägg",
        cities: &[
            ("Stockholm", "Stockholms län", "AB", "11# ##"), ("Göteborg", "Västra Götalands län", "O", "41# ##"),
            ("Malmö", "Skåne län", "M", "21# ##"),
        ],
        streets: &["Götgatan ~", "Östra Ågatan ~", "Långgatan ~ B"],
        flats: &["lgh 1~"],
        companies: &["* & Co AB"],
        // PTS keeps these for films.
        phones: &["+46 8 465 004 ##", "031-390 06 ##", "040-628 04 ##"],
        idn: "smörgås.example", vat: "SE0000000###01",
    },
    People {
        country: "DK", language: "da-DK", zone: "Europe/Copenhagen", weight: 2,
        women: "Bjørk Søsan Åse Gyða Kirstine", men: "Søren Jørgen Bjørn Åge Pælle",
        families: "Sørensen Østergård Kjærgaard Ågesen Bøgh Mølgaard",
        cities: &[("København", "Hovedstaden", "84", "21##"), ("Århus", "Midtjylland", "82", "80##"),
            ("Ærøskøbing", "Syddanmark", "83", "5970")],
        streets: &["Nørrebrogade ~", "Ærøvej ~", "Strøget ~"],
        flats: &["~. th."],
        companies: &["* A/S"],
        phones: &["+45 00 ## ## ##"],
        idn: "rødgrød.example", vat: "DK0000####",
    },
    People {
        country: "FI", language: "fi-FI", zone: "Europe/Helsinki", weight: 2,
        women: "Päivi Väinä Aino Tyyne Hyvä", men: "Väinö Yrjö Jääskö Onni Eino",
        families: "Hämäläinen Mäkelä Yliö Kääriäinen Sjöstedt Jäätteenmäki",
        cities: &[("Helsinki", "Uusimaa", "18", "00##0"), ("Jyväskylä", "Keski-Suomi", "08", "40##0")],
        streets: &["Mäntytie ~", "Hämeentie ~ A"],
        flats: &["as. ~"],
        companies: &["* Oy", "Ravintola *"],
        phones: &["+358 9 0### ###"],
        idn: "sää.example", vat: "FI0000####",
    },
    People {
        country: "IS", language: "is-IS", zone: "Atlantic/Reykjavik", weight: 3,
        women: "Þórdís Guðrún Björk Æsa Sigríður Ástríður Jóhanna Hrafnhildur",
        men: "Þór Guðmundur Ægir Sigurður Ólafur Jón Bjarni Einar",
        families: "Jónsdóttir|Jónsson Þórðardóttir|Þórðarson Ægisdóttir|Ægisson \
            Guðmundsdóttir|Guðmundsson Vigdísardóttir|Vigdísarson Briem",
        cities: &[
            ("Reykjavík", "Höfuðborgarsvæðið", "1", "10%"), ("Ísafjörður", "Vestfirðir", "4", "400"),
            ("Höfn í Hornafirði", "Austurland", "7", "780"),
        ],
        streets: &["Skólavörðustígur ~", "Þingholtsstræti ~", "Ægisíða ~"],
        flats: &["~. hæð"],
        companies: &["* ehf.", "Bókaverslun *"],
        phones: &["+354 0## ####"],
        idn: "þögn.example", vat: "",
    },
];
