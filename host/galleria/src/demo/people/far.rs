//! East Asia: Chinese in both scripts, Japanese, Korean. And Mongolian, in Cyrillic.

use super::People;

#[rustfmt::skip]
pub(super) const PEOPLES: &[People] = &[
    People {
        country: "CN", language: "zh-Hans-CN", zone: "Asia/Shanghai", weight: 7,
        women: "芳/fang 秀英/xiuying 娜/na 敏/min 静/jing 丽/li 婷婷/tingting 雨萱/yuxuan",
        men: "伟/wei 强/qiang 磊/lei 洋/yang 勇/yong 建国/jianguo 浩然/haoran 𬀩/wei",
        families: "王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 欧阳/ouyang 赵/zhao 黄/huang 司马/sima 吕/lyu",
        cities: &[
            ("北京市", "北京市", "BJ", "1000##"), ("上海市", "上海市", "SH", "2000##"),
            ("广州市", "广东省", "GD", "5100##"), ("成都市", "四川省", "SC", "6100##"),
        ],
        streets: &["朝阳区建国路~号", "南京东路~弄", "天府大道北段~号"],
        flats: &["2单元~室", "3号楼"],
        companies: &["*氏贸易有限公司", "*记餐馆"],
        phones: &["+86 10 0### ####"],
        idn: "例子.测试", vat: "",
    },
    People {
        country: "TW", language: "zh-Hant-TW", zone: "Asia/Taipei", weight: 4,
        women: "淑芬/shufen 雅婷/yating 怡君/yijun 美玲/meiling 詩涵/shihhan",
        men: "志明/chihming 俊傑/chunchieh 建宏/chienhung 家豪/chiahao 冠宇/kuanyu",
        families: "陳/chen 林/lin 黃/huang 張/chang 張簡/changchien 劉/liu 蔡/tsai 鄭/cheng",
        cities: &[("臺北市", "臺北市", "TPE", "10#"), ("高雄市", "高雄市", "KHH", "80#"),
            ("臺南市", "臺南市", "TNN", "70#")],
        streets: &["信義區市府路~號", "中正路~巷3號", "忠孝東路四段~號"],
        flats: &["~樓", "5樓之2"],
        companies: &["*記股份有限公司", "*家牛肉麵"],
        phones: &["+886 2 0### ####"],
        idn: "例子.測試", vat: "",
    },
    People {
        country: "HK", language: "zh-Hant-HK", zone: "Asia/Hong_Kong", weight: 2,
        women: "嘉欣/kayan 詠詩/wingsze 美儀/meiyee", men: "家明/kaming 偉倫/wailun 子軒/tszhin",
        families: "陳/chan 黃/wong 梁/leung 何/ho",
        cities: &[("中環", "香港島", "", ""), ("旺角", "九龍", "", ""), ("沙田", "新界", "", "")],
        streets: &["皇后大道中~號", "彌敦道~號", "沙田正街~號"],
        flats: &["~樓A室"],
        companies: &["*氏有限公司"],
        phones: &["+852 0### ####"],
        idn: "茶餐廳.example", vat: "",
    },
    People {
        country: "JP", language: "ja-JP", zone: "Asia/Tokyo", weight: 7,
        women: "花子/hanako さくら/sakura 美咲/misaki 陽菜/hina ひかり/hikari エミリー/emily 結衣/yui 凜/rin",
        men: "太郎/taro 翔太/shota 蓮/ren 大輔/daisuke 健二/kenji ゆうき/yuki 悠真/yuma 晃一郎/koichiro",
        families: "佐藤/sato 鈴木/suzuki 髙橋/takahashi 田中/tanaka 渡邊/watanabe 山﨑/yamazaki 小林/kobayashi \
            𠮷田/yoshida 長谷川/hasegawa 々田/noda",
        cities: &[
            ("千代田区", "東京都", "13", "100-####"), ("大阪市", "大阪府", "27", "530-####"),
            ("札幌市", "北海道", "01", "060-####"), ("京都市", "京都府", "26", "600-####"),
        ],
        streets: &["丸の内1丁目~番地", "梅田二丁目4-~", "大通西~丁目", "四条通烏丸東入ル~"],
        flats: &["メゾン桜 ~号室", "コーポ富士 203"],
        companies: &["株式会社*商店", "*書店", "有限会社*"],
        phones: &["+81 3-0###-####", "03-0###-####"],
        idn: "例え.テスト", vat: "",
    },
    People {
        country: "KR", language: "ko-KR", zone: "Asia/Seoul", weight: 5,
        women: "지우/jiwoo 서연/seoyeon 민지/minji 하은/haeun 수빈/subin 은혜/eunhye",
        men: "민준/minjun 서준/seojun 도윤/doyun 지훈/jihoon 현우/hyunwoo 철수/cheolsu",
        families: "김/kim 이/lee 박/park 최/choi 정/jung 남궁/namgung 황보/hwangbo 뷁/bwelk",
        cities: &[
            ("서울특별시", "서울특별시", "11", "03###"), ("부산광역시", "부산광역시", "26", "48###"),
            ("제주시", "제주특별자치도", "49", "63###"),
        ],
        streets: &["세종대로 ~", "강남구 테헤란로 ~길", "해운대해변로 ~"],
        flats: &["101동 ~호"],
        companies: &["(주)*무역", "*네 떡볶이"],
        phones: &["+82 2 0### ####"],
        idn: "실례.테스트", vat: "",
    },
    People {
        country: "MN", language: "mn-MN", zone: "Asia/Ulaanbaatar", weight: 2,
        women: "Оюунчимэг/oyuunchimeg Номин/nomin Сарангэрэл/sarangerel", men: "Бат-Эрдэнэ/baterdene Ганбаатар/ganbaatar Тэмүүжин/temuujin",
        families: "Дорж/dorj Өлзий/ulzii Батбаяр/batbayar",
        cities: &[("Улаанбаатар", "Улаанбаатар", "1", "14###"), ("Дархан", "Дархан-Уул", "037", "45###")],
        streets: &["Энх тайвны өргөн чөлөө ~", "Сүхбаатарын гудамж ~"],
        flats: &["~ тоот"],
        companies: &["«*» ХХК"],
        phones: &["+976 11 0# ####"],
        idn: "монгол.example", vat: "",
    },
];
