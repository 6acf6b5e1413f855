//! Central, eastern and south-eastern Europe: Latin with many marks, Greek, Cyrillic.

use super::People;

#[rustfmt::skip]
pub(super) const PEOPLES: &[People] = &[
    People {
        country: "PL", language: "pl-PL", zone: "Europe/Warsaw", weight: 5,
        women: "Małgorzata Zofia Grażyna Róża Świętosława Bożena Łucja Agnieszka",
        men: "Łukasz Paweł Grzegorz Józef Michał Świętopełk Kazimierz Błażej",
        families: "Wójcik Kowalska|Kowalski Łukaszewska|Łukaszewski Źdźbło Brzęczyszczykiewicz \
            Dąbrowska|Dąbrowski Żółć Szczęsny",
        cities: &[
            ("Warszawa", "mazowieckie", "14", "00-###"), ("Łódź", "łódzkie", "10", "90-###"),
            ("Kraków", "małopolskie", "12", "30-###"), ("Gdańsk", "pomorskie", "22", "80-###"),
        ],
        streets: &["ul. Świętokrzyska ~", "ul. Księżycowa ~/3", "pl. Zgody ~"],
        flats: &["m. ~"],
        companies: &["* sp. z o.o.", "Księgarnia *"],
        phones: &["+48 22 0## ## ##"],
        idn: "żółw.example", vat: "PL000000####",
    },
    People {
        country: "CZ", language: "cs-CZ", zone: "Europe/Prague", weight: 4,
        women: "Růžena Žofie Markéta Běla Libuše Kateřina", men: "Jiří Tomáš Ondřej Zdeněk Přemysl Šimon",
        families: "Dvořáková|Dvořák Černá|Černý Růžičková|Růžička Novotná|Novotný Řezníčková|Řezníček \
            Žižková|Žižka",
        cities: &[
            ("Praha", "Hlavní město Praha", "10", "1## 00"), ("Plzeň", "Plzeňský kraj", "32", "3## 00"),
            ("Ústí nad Labem", "Ústecký kraj", "42", "400 0#"),
        ],
        streets: &["Vodičkova ~", "Na Příkopě ~/15", "Řeznická ~"],
        flats: &["byt č. ~"],
        companies: &["* s.r.o.", "Hospoda U *"],
        phones: &["+420 0## ### ###"],
        idn: "kůň.example", vat: "CZ0000####",
    },
    People {
        country: "HU", language: "hu-HU", zone: "Europe/Budapest", weight: 3,
        women: "Erzsébet Zsófia Ágnes Tünde Ilona Őzike", men: "György Ödön Győző Lőrinc Jenő István",
        families: "Szűcs Vörös Kőműves Fűzfa Tóth Ősz Nagy",
        cities: &[("Budapest", "Budapest", "BU", "1%#%"), ("Győr", "Győr-Moson-Sopron", "GS", "90##"),
            ("Hódmezővásárhely", "Csongrád-Csanád", "CS", "6800")],
        streets: &["Fő utca ~.", "Erzsébet körút ~.", "Tűzoltó u. ~."],
        flats: &["II. em. ~."],
        companies: &["* Kft.", "* és Társa Bt."],
        phones: &["+36 55 ### ###"],
        idn: "fűszer.example", vat: "HU0000####",
    },
    People {
        country: "RO", language: "ro-RO", zone: "Europe/Bucharest", weight: 3,
        women: "Ștefania Ioana Brîndușa Mădălina Țuța", men: "Ștefan Ionuț Mircea Răzvan Călin",
        families: "Ionescu Țiriac Ștefănescu Bălănescu Brâncuși Câmpeanu",
        cities: &[("București", "București", "B", "01####"), ("Iași", "Iași", "IS", "70####"),
            ("Timișoara", "Timiș", "TM", "30####")],
        streets: &["Str. Înfrățirii nr. ~", "Bd. Unirii nr. ~", "Calea Victoriei ~"],
        flats: &["bl. A3, sc. 2, ap. ~"],
        companies: &["* S.R.L."],
        phones: &["+40 21 0## ####"],
        idn: "pâine.example", vat: "RO0000####",
    },
    People {
        country: "TR", language: "tr-TR", zone: "Europe/Istanbul", weight: 4,
        women: "Ayşe Gülşah İpek Çiğdem Işıl Özge Şükran Irmak", men: "İbrahim Çağrı Oğuz Işık Ömer Şükrü Yiğit Ilgaz",
        families: "Yılmaz Şahin Çelik Öztürk Işık İnönü Doğan Ağaoğlu Güneş",
        cities: &[("İstanbul", "İstanbul", "34", "34###"), ("İzmir", "İzmir", "35", "35###"),
            ("Diyarbakır", "Diyarbakır", "21", "21###"), ("Şanlıurfa", "Şanlıurfa", "63", "63###")],
        streets: &["İstiklal Cad. No: ~", "Çiçek Sok. No: ~/2", "Bağdat Caddesi ~"],
        flats: &["Kat 3, Daire ~"],
        companies: &["* Ltd. Şti.", "* Kardeşler A.Ş."],
        phones: &["+90 212 0## ## ##"],
        idn: "ışık.example", vat: "",
    },
    People {
        country: "GR", language: "el-GR", zone: "Europe/Athens", weight: 5,
        women: "Ελένη/eleni Μαρία/maria Αικατερίνη/katerina Ζωή/zoi Ιωάννα/ioanna Ευαγγελία/evangelia \
            Χρυσούλα/chrysoula Δέσποινα/despina",
        men: "Γεώργιος/georgios Νίκος/nikos Οδυσσέας/odysseas Ιωάννης/ioannis Κώστας/kostas \
            Αχιλλέας/achilleas Θεόφιλος/theofilos Στέλιος/stelios",
        families: "Παπαδοπούλου/papadopoulou|Παπαδόπουλος/papadopoulos Οικονόμου/oikonomou \
            Νικολαΐδου/nikolaidou|Νικολαΐδης/nikolaidis Αγγέλου/angelou \
            Καραγιάννη/karagianni|Καραγιάννης/karagiannis Μαΐου/maiou",
        cities: &[
            ("Αθήνα", "Αττική", "I", "10# ##"), ("Θεσσαλονίκη", "Κεντρική Μακεδονία", "B", "54# ##"),
            ("Ηράκλειο", "Κρήτη", "M", "71# ##"),
        ],
        streets: &["Οδός Ερμού ~", "Λεωφόρος Αλεξάνδρας ~", "Πλατεία Συντάγματος ~"],
        flats: &["3ος όροφος"],
        companies: &["Αφοί * Ο.Ε.", "Ταβέρνα *"],
        phones: &["+30 21 0### ####"],
        idn: "παράδειγμα.δοκιμή", vat: "EL00000####",
    },
    People {
        country: "UA", language: "uk-UA", zone: "Europe/Kyiv", weight: 5,
        women: "Оксана/oksana Її/yii Ганна/hanna Соломія/solomiia Наталія/nataliia Євгенія/yevheniia \
            Людмила/liudmyla Квітка/kvitka",
        men: "Сергій/serhii Ґжегож/gzhegozh Олексій/oleksii Тарас/taras Євген/yevhen Їжак/yizhak \
            Мар’ян/marian Юрій/yurii",
        families: "Шевченко/shevchenko Коваленко/kovalenko Ґалаґан/galagan Щур/shchur Лук’яненко/lukianenko \
            Вишневецька/vyshnevetska|Вишневецький/vyshnevetskyi Їжакевич/yizhakevych",
        cities: &[
            ("Київ", "Київ", "30", "01###"), ("Львів", "Львівська область", "46", "79###"),
            ("Харків", "Харківська область", "63", "61###"), ("Запоріжжя", "Запорізька область", "23", "69###"),
        ],
        streets: &["вул. Хрещатик, ~", "просп. Незалежності, буд. ~", "пров. Мар’яненка, ~"],
        flats: &["кв. ~"],
        companies: &["ТОВ «*»", "ФОП *"],
        phones: &["+380 44 0## ## ##"],
        idn: "приклад.example", vat: "",
    },
    People {
        country: "BG", language: "bg-BG", zone: "Europe/Sofia", weight: 3,
        women: "Цветелина/tsvetelina Радка/radka Йорданка/yordanka Здравка/zdravka Мария/mariya",
        men: "Георги/georgi Цветан/tsvetan Йордан/yordan Щерьо/shteryo Димитър/dimitar",
        families: "Иванова/ivanova|Иванов/ivanov Димитрова/dimitrova|Димитров/dimitrov \
            Щерева/shtereva|Щерев/shterev Ганева/ganeva|Ганев/ganev",
        cities: &[("София", "София-град", "22", "1###"), ("Велико Търново", "Велико Търново", "04", "50##")],
        streets: &["бул. „Витоша“ ~", "ул. „Цар Самуил“ № ~"],
        flats: &["ет. 4, ап. ~"],
        companies: &["„*“ ЕООД"],
        phones: &["+359 2 0## ## ##"],
        idn: "пример.испытание", vat: "BG00000####",
    },
    People {
        country: "KZ", language: "kk-KZ", zone: "Asia/Almaty", weight: 2,
        women: "Әйгерім/aigerim Гүлнұр/gulnur Қызғалдақ/qyzgaldaq Жұлдыз/zhuldyz",
        men: "Нұрсұлтан/nursultan Әлихан/alikhan Қуаныш/quanysh Өміржан/omirzhan",
        families: "Әбілова/abilova|Әбілов/abilov Құнанбаева/qunanbaeva|Құнанбаев/qunanbaev \
            Сәрсенова/sarsenova|Сәрсенов/sarsenov",
        cities: &[("Алматы", "Алматы", "75", "05####"), ("Өскемен", "Шығыс Қазақстан", "63", "07####")],
        streets: &["Абай даңғылы, ~", "Қабанбай батыр көшесі, ~"],
        flats: &["пәтер ~"],
        companies: &["«*» ЖШС"],
        phones: &["+7 727 0## ####"],
        idn: "қазақ.example", vat: "",
    },
];
