//! Sports and clothing.

use super::{Kind, choice, range};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        slug: "running-shoes",
        path: &[("运动户外", "Sports & outdoors"), ("运动鞋", "Sports shoes"), ("跑鞋", "Running shoes")],
        brands: &[0, 2, 4, 6, 9, 15, 20],
        models: &["Strata", "Velum", "Tempo", "Cadence", "Ridge", "Halcyon", "Paceline", "Loess"],
        title: (
            "{brand} {model} {audience}{surface}跑鞋 {cushioning}缓震 {drop}落差 {colour}",
            "{brand} {model} {audience} {surface} running shoes, {cushioning} cushioning, {drop} drop, {colour}",
        ),
        description: (
            "单只约{weight}，{drop}前后掌落差，{cushioning}缓震的中底，鞋面为{upper}。适合{surface}，{style}风格。",
            "About {weight} a shoe, {drop} heel-to-toe drop, a midsole with {cushioning} cushioning and an upper of {upper}. Made for the {surface}; {style} look.",
        ),
        queries: &[
            ("跑鞋", "running shoes"),
            ("缓震跑鞋", "cushioned running shoes"),
            ("轻量跑鞋", "lightweight running shoes"),
        ],
        price: (6.2, 0.40),
        choice: "cushioning",
        seasonal: false,
        attributes: &[
            choice("cushioning", ("缓震", "Cushioning"), &[("均衡", "balanced"), ("柔软", "soft"), ("硬弹", "firm")]),
            range("drop", ("前后掌落差", "Drop"), "mm", (0.0, 12.0, 2.0)),
            range("weight", ("重量", "Weight"), "g", (170.0, 330.0, 5.0)),
            choice("surface", ("路面", "Surface"), &[("公路", "road"), ("越野", "trail"), ("跑道", "track")]),
            choice("audience", ("适用", "For"), &[("男子", "men's"), ("女子", "women's"), ("儿童", "children's")]),
            choice(
                "upper",
                ("鞋面", "Upper"),
                &[("工程网布", "engineered mesh"), ("飞织", "knit"), ("防水膜", "waterproof membrane")],
            ),
        ],
    },
    Kind {
        slug: "backpacks",
        path: &[("运动户外", "Sports & outdoors"), ("户外装备", "Outdoor gear"), ("双肩背包", "Backpacks")],
        brands: &[1, 6, 8, 9, 14, 17],
        models: &["Terrace", "Summit Lane", "Drift", "Moraine", "Outbound", "Causeway"],
        title: (
            "{brand} {model} {volume}双肩包 {use}背包 {material} {colour}",
            "{brand} {model} {volume} {use} backpack, {material}, {colour}",
        ),
        description: (
            "容量{volume}，自重{weight}，{material}面料，可放{laptop}笔记本电脑。{style}设计，{use}皆宜。",
            "Holds {volume} at {weight}, made of {material}, with a sleeve for a {laptop} laptop. A {style} bag for {use} use.",
        ),
        queries: &[("双肩包", "backpack"), ("电脑背包", "laptop backpack"), ("登山包", "hiking backpack")],
        price: (5.4, 0.45),
        choice: "use",
        seasonal: false,
        attributes: &[
            choice("use", ("用途", "Use"), &[("通勤", "commuter"), ("徒步", "hiking"), ("旅行", "travel")]),
            range("volume", ("容量", "Volume"), "L", (12.0, 60.0, 2.0)),
            range("weight", ("重量", "Weight"), "g", (450.0, 1900.0, 50.0)),
            choice(
                "material",
                ("面料", "Material"),
                &[("尼龙", "nylon"), ("再生涤纶", "recycled polyester"), ("帆布", "canvas")],
            ),
            range("laptop", ("电脑仓", "Laptop sleeve"), "\"", (13.0, 17.0, 1.0)),
        ],
    },
    Kind {
        slug: "jackets",
        path: &[("服饰", "Clothing"), ("户外服装", "Outdoor clothing"), ("冲锋衣", "Shell jackets")],
        brands: &[0, 3, 6, 9, 17, 20],
        models: &["Stormline", "Cirrus", "Fellside", "Nimbus", "Graupel", "Lee Shore"],
        title: (
            "{brand} {model} {audience}{layers}冲锋衣 防水{waterproof} {colour}",
            "{brand} {model} {audience} {layers} jacket, {waterproof} waterproof, {colour}",
        ),
        description: (
            "静水压{waterproof}，透湿{breathability}，{layers}结构，衣长约{length}。{season}穿着，{style}剪裁。",
            "Water column {waterproof}, breathability {breathability}, {layers} build, about {length} long. For {season} wear; {style} cut.",
        ),
        queries: &[
            ("冲锋衣", "shell jacket"),
            ("防水外套", "waterproof jacket"),
            ("三合一冲锋衣", "three-in-one jacket"),
        ],
        price: (6.6, 0.50),
        choice: "layers",
        seasonal: true,
        attributes: &[
            choice(
                "layers",
                ("结构", "Build"),
                &[("三合一", "three-in-one"), ("硬壳", "hardshell"), ("软壳", "softshell")],
            ),
            range("waterproof", ("静水压", "Water column"), "mm", (5000.0, 28000.0, 1000.0)),
            range("breathability", ("透湿", "Breathability"), "g/m²", (5000.0, 25000.0, 1000.0)),
            choice("audience", ("适用", "For"), &[("男子", "men's"), ("女子", "women's"), ("中性", "unisex")]),
            range("length", ("衣长", "Length"), "cm", (60.0, 82.0, 1.0)),
        ],
    },
    Kind {
        slug: "t-shirts",
        path: &[("服饰", "Clothing"), ("上装", "Tops"), ("T恤", "T-shirts")],
        brands: &[2, 5, 7, 10, 14, 19, 23],
        models: &["Everyday", "Sandbar", "Breeze", "Plain Weave", "Courtyard", "Harvest"],
        title: (
            "{brand} {model} {fit}短袖T恤 {fabric} {gram} {colour}",
            "{brand} {model} {fit} short-sleeved T-shirt, {fabric}, {gram}, {colour}",
        ),
        description: (
            "{fabric}面料，克重{gram}，{fit}版型，{collar}。{style}风格，适合{season}。",
            "{fabric} of {gram}, {fit} fit, {collar}. {style} style, for {season}.",
        ),
        queries: &[("T恤", "t-shirt"), ("纯棉短袖", "cotton t-shirt"), ("速干T恤", "quick-dry t-shirt")],
        price: (4.5, 0.45),
        choice: "fit",
        seasonal: true,
        attributes: &[
            choice("fit", ("版型", "Fit"), &[("常规", "regular"), ("宽松", "relaxed"), ("修身", "slim")]),
            choice(
                "fabric",
                ("面料", "Fabric"),
                &[("精梳棉", "combed cotton"), ("速干涤纶", "quick-dry polyester"), ("棉麻", "cotton and linen")],
            ),
            range("gram", ("克重", "Fabric weight"), "g/m²", (130.0, 280.0, 10.0)),
            choice("collar", ("领型", "Collar"), &[("圆领", "crew neck"), ("V领", "V-neck"), ("翻领", "polo collar")]),
        ],
    },
];
