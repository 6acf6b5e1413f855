//! Where names are Latin: western and northern Europe, and where their languages went.

use super::People;

#[rustfmt::skip]
pub(super) const PEOPLES: &[People] = &[
    People {
        country: "DE", language: "de-DE", zone: "Europe/Berlin", weight: 9,
        women: "Anna Jürgena Käthe Lena Zoë Friederike Ilse Sophie Änne Marlies Jördis Mia Özlem Greta",
        men: "Jörg Lukas Jürgen Björn Götz Max Felix Matthäus Uwe Günther Jonas Emil Kurt Sönke",
        families: "Müller Schäfer Groß Weiß Köhler Böhm Schröder Vogel Fuchs Jäger Krüger Strauß \
            von_der_Heide Möller-Lüdenscheidt Özdemir Yılmaz Preuß Koch",
        cities: &[
            ("Berlin", "Berlin", "BE", "10###"), ("Hamburg", "Hamburg", "HH", "20###"),
            ("München", "Bayern", "BY", "80###"), ("Köln", "Nordrhein-Westfalen", "NW", "50###"),
            ("Frankfurt am Main", "Hessen", "HE", "60###"), ("Görlitz", "Sachsen", "SN", "028##"),
        ],
        streets: &["Hauptstraße ~", "Lindenallee ~", "Am Mühlenbach ~a", "Königsplatz ~",
            "Straße des 17. Juni ~", "Gänsemarkt ~"],
        flats: &["Hinterhaus, 2. OG", "c/o Schmidt"],
        companies: &["* GmbH", "Bäckerei *", "* & Söhne OHG", "Buchhandlung * e. K."],
        // The Bundesnetzagentur keeps these for films.
        phones: &["+49 30 23125 ###", "+49 40 66969 ###", "089 99998-###", "+49 171 39200##",
            "(069) 90009###"],
        idn: "bücher.example", vat: "DE0000#####",
    },
    People {
        country: "AT", language: "de-AT", zone: "Europe/Vienna", weight: 3,
        women: "Leopoldine Magdalena Johanna Theres Klara Annelies",
        men: "Ferdinand Sebastian Xaver Florian Leopold Jakob",
        families: "Gruber Pichler Hölzl Wögerbauer Österreicher Kaltenböck Brandstätter Süß",
        cities: &[
            ("Wien", "Wien", "9", "1#%0"), ("Graz", "Steiermark", "6", "80##"),
            ("St. Pölten", "Niederösterreich", "3", "31##"), ("Linz", "Oberösterreich", "4", "40##"),
        ],
        streets: &["Mariahilfer Straße ~", "Naschmarktgasse ~", "Kärntner Ring ~", "Schloßallee ~"],
        flats: &["Stiege 2, Tür ~", "Top ~"],
        companies: &["* Ges.m.b.H.", "Konditorei *"],
        phones: &["+43 1 0#### ##", "+43 316 0#####"],
        idn: "straßerl.example", vat: "ATU0000####",
    },
    People {
        country: "FR", language: "fr-FR", zone: "Europe/Paris", weight: 6,
        women: "Chloé Élodie Françoise Hélène Anaïs Zoé Léa Maëlys Agnès Inès Marie-Thérèse Noémie",
        men: "François Jérôme Théo Loïc Gaël Benoît Cédric André Noël Jean-Baptiste Raphaël Étienne",
        families: "Lefèvre Côté D’Aubigné Béranger Château Garçon L’Hôpital Noël Faÿ Dupré \
            de_La_Fontaine Sœur Bœuf Crêpin",
        cities: &[
            ("Paris", "Île-de-France", "IDF", "750%%"), ("Lyon", "Auvergne-Rhône-Alpes", "ARA", "6900%"),
            ("Nîmes", "Occitanie", "OCC", "30000"), ("Saint-Étienne", "Auvergne-Rhône-Alpes", "ARA", "42000"),
            ("Rennes", "Bretagne", "BRE", "35000"), ("Orléans", "Centre-Val de Loire", "CVL", "45000"),
        ],
        streets: &["~ rue de l’Église", "~ bis, avenue des Champs", "~ place du Marché",
            "~ impasse du Château", "~ quai Voltaire"],
        flats: &["Bâtiment B, escalier 3", "Appt ~"],
        companies: &["* et Fils SARL", "Pâtisserie *", "Atelier *"],
        // Arcep keeps these for fiction.
        phones: &["+33 1 99 00 ## ##", "02 61 91 ## ##", "+33 6 39 98 ## ##", "04 65 71 ## ##"],
        idn: "pâtisserie.example", vat: "FR00000######",
    },
    People {
        country: "ES", language: "es-ES", zone: "Europe/Madrid", weight: 5,
        women: "María_José Begoña Lucía Sofía Ángeles Núria Concepción Iñaka Belén Rocío",
        men: "José Ángel Íñigo Jesús Martín Álvaro Joaquín Andrés Óscar Ramón",
        families: "Núñez_García Peña_Ibáñez Muñoz Güell Yáñez_López Echevarría Sánchez_Mejía \
            Cañizares Fernández_de_Córdoba Pérez",
        cities: &[
            ("Madrid", "Comunidad de Madrid", "MD", "280%#"), ("A Coruña", "Galicia", "GA", "150##"),
            ("Málaga", "Andalucía", "AN", "290##"), ("Logroño", "La Rioja", "RI", "260##"),
            ("Donostia", "Euskadi", "PV", "200##"),
        ],
        streets: &["Calle de la Montaña ~", "Plaza de España ~", "Avda. Núñez de Balboa, ~", "Camiño Vello, ~"],
        flats: &["3.º izda.", "piso ~, puerta B"],
        companies: &["Hijos de *, S.L.", "Panadería *"],
        phones: &["+34 910 0# ## ##", "910 0## ###"],
        idn: "españa.example", vat: "ES B0000####",
    },
    People {
        country: "PT", language: "pt-PT", zone: "Europe/Lisbon", weight: 3,
        women: "Inês Conceição Graça Beatriz Catarina Lurdes", men: "João Gonçalo António Simão Tomás Luís",
        families: "Gonçalves Conceição Magalhães Simões Araújo Guimarães Leão",
        cities: &[
            ("Lisboa", "Lisboa", "11", "1%##-###"), ("Porto", "Porto", "13", "4%##-###"),
            ("Évora", "Évora", "07", "7%##-###"),
        ],
        streets: &["Rua da Conceição ~", "Praça do Comércio, ~", "Travessa da Água-de-Flor ~"],
        flats: &["r/c esq.", "~.º dto."],
        companies: &["* & Irmãos, Lda."],
        phones: &["+351 21 0## ## ##"],
        idn: "pão.example", vat: "PT00000####",
    },
    People {
        country: "BR", language: "pt-BR", zone: "America/Sao_Paulo", weight: 5,
        women: "Iara Fabíola Luíza Thaís Conceição Letícia Jurema Débora",
        men: "João Sebastião Caê Antônio Flávio Maurício Ubirajara Zé",
        families: "da_Silva dos_Santos Araújo Gonçalves_de_Sá Assunção Brandão Corrêa Falcão Müller",
        cities: &[
            ("São Paulo", "São Paulo", "SP", "01###-###"), ("Brasília", "Distrito Federal", "DF", "70###-###"),
            ("Maceió", "Alagoas", "AL", "57###-###"), ("Florianópolis", "Santa Catarina", "SC", "88###-###"),
        ],
        streets: &["Rua São João, ~", "Av. Paulista, ~", "Praça da Sé, ~", "Ladeira do Pelourinho, ~"],
        flats: &["Apto. ~", "Bloco C"],
        companies: &["* Comércio Ltda.", "Padaria *"],
        phones: &["+55 11 0###-####"],
        idn: "coração.example", vat: "",
    },
    People {
        country: "MX", language: "es-MX", zone: "America/Mexico_City", weight: 4,
        women: "Guadalupe Xóchitl Ximena Citlali Esperanza Lupita",
        men: "Cuauhtémoc José_María Moisés Jesús Ramón Efraín",
        families: "Hernández_Ávila Ibarra_Núñez Zúñiga Téllez Ordóñez Tlapale Peña",
        cities: &[
            ("Ciudad de México", "Ciudad de México", "CMX", "06###"), ("Mérida", "Yucatán", "YUC", "97###"),
            ("Querétaro", "Querétaro", "QUE", "76###"), ("Cancún", "Quintana Roo", "ROO", "77###"),
        ],
        streets: &["Av. Insurgentes Sur ~", "Calle 5 de Mayo núm. ~", "Callejón del Ángel ~"],
        flats: &["Int. ~", "Depto. 4B"],
        companies: &["Taquería *", "Grupo *, S.A. de C.V."],
        phones: &["+52 55 0### ####"],
        idn: "señor.example", vat: "",
    },
    People {
        country: "IT", language: "it-IT", zone: "Europe/Rome", weight: 4,
        women: "Niccolina Chiara Nicolò Libertà Beatrice Gioia Letizia", men: "Niccolò Noè Cosmè Matteo Donà Luca",
        families: "D’Angelo Nicolò Cantù Dell’Acqua De_André Papà Ferrè Rossi",
        cities: &[
            ("Roma", "Lazio", "62", "001##"), ("Forlì", "Emilia-Romagna", "45", "4712#"),
            ("Milano", "Lombardia", "25", "201##"), ("L’Aquila", "Abruzzo", "65", "67100"),
        ],
        streets: &["Via dell’Università, ~", "Piazza della Libertà, ~", "Corso Cavour, ~/A"],
        flats: &["Scala B, int. ~", "Piano 2"],
        companies: &["Fratelli * S.n.c.", "Caffè *"],
        phones: &["+39 06 0### ####"],
        idn: "caffè.example", vat: "IT0000000####",
    },
    People {
        country: "NL", language: "nl-NL", zone: "Europe/Amsterdam", weight: 3,
        women: "Zoë Sanne Noëlle Femke Marijke Daniëlle", men: "Daan Joël Daniël Sjoerd Thijs André",
        families: "van_den_Berg de_Jong IJsselmuiden van_’t_Hoff Reünis Geïllustreerd Coöper",
        cities: &[
            ("Amsterdam", "Noord-Holland", "NH", "10## @@"), ("’s-Hertogenbosch", "Noord-Brabant", "NB", "52## @@"),
            ("IJmuiden", "Noord-Holland", "NH", "19## @@"),
        ],
        streets: &["Prinsengracht ~", "Grote Marktstraat ~-hs", "’t IJ ~"],
        flats: &["3 hoog achter"],
        companies: &["* & Zn. B.V."],
        phones: &["+31 20 0## ####"],
        idn: "coöperatie.example", vat: "NL00000####B01",
    },
    People {
        country: "CH", language: "fr-CH", zone: "Europe/Zurich", weight: 2,
        women: "Ladina Noëlle Ursina Seraina", men: "Reto Urs Gian Beat",
        families: "Zürcher Müller Bünzli Caduff Châtelain Rüegg",
        cities: &[
            ("Zürich", "Zürich", "ZH", "80##"), ("Genève", "Genève", "GE", "12##"),
            ("Chur", "Graubünden", "GR", "70##"),
        ],
        streets: &["Bahnhofstrasse ~", "Rue du Rhône ~", "Via Quadras ~"],
        flats: &["Postfach ~"],
        companies: &["* AG"],
        phones: &["+41 44 0## ## ##"],
        idn: "zürich.example", vat: "",
    },
];
