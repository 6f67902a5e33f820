//! Home, beauty, food and toys.

use super::{Kind, choice, range};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        slug: "coffee-makers",
        path: &[("家电", "Appliances"), ("厨房电器", "Kitchen appliances"), ("咖啡机", "Coffee makers")],
        brands: &[4, 8, 11, 12, 16, 19],
        models: &["Crema", "Morning Bell", "Percola", "Roastery", "Kettleby", "Aroma"],
        title: (
            "{brand} {model} {type}咖啡机 {pressure} {tank}水箱 {colour}",
            "{brand} {model} {type} coffee maker, {pressure}, {tank} tank, {colour}",
        ),
        description: (
            "{type}，泵压{pressure}，功率{power}，水箱{tank}，宽{width}。{style}机身，台面友好。",
            "{type}, {pressure} pump, {power}, a tank of {tank}, {width} wide. A {style} body that leaves room on the counter.",
        ),
        queries: &[
            ("咖啡机", "coffee maker"),
            ("意式咖啡机", "espresso machine"),
            ("胶囊咖啡机", "capsule coffee machine"),
        ],
        price: (6.7, 0.70),
        choice: "type",
        seasonal: false,
        attributes: &[
            choice("type", ("类型", "Type"), &[("意式", "espresso"), ("美式滴滤", "drip"), ("胶囊", "capsule")]),
            range("pressure", ("泵压", "Pressure"), "bar", (5.0, 20.0, 1.0)),
            range("power", ("功率", "Power"), "W", (600.0, 1800.0, 50.0)),
            range("tank", ("水箱", "Tank"), "L", (0.6, 2.4, 0.1)),
            range("width", ("机身宽", "Width"), "cm", (12.0, 34.0, 1.0)),
        ],
    },
    Kind {
        slug: "desk-lamps",
        path: &[("家居", "Home"), ("灯具", "Lighting"), ("台灯", "Desk lamps")],
        brands: &[1, 5, 10, 13, 19, 22],
        models: &["Lantern Hill", "Halo", "Studium", "Nightjar", "Candela", "Inkstone"],
        title: (
            "{brand} {model} {mount}护眼台灯 {lumen} 显色{cri} {colour}",
            "{brand} {model} {mount} desk lamp, {lumen}, CRI {cri}, {colour}",
        ),
        description: (
            "{mount}，亮度{lumen}，显色指数{cri}，色温{temperature}，功率{power}。{style}造型。",
            "{mount}, {lumen}, colour rendering {cri}, {temperature}, {power}. {style} shape.",
        ),
        queries: &[("台灯", "desk lamp"), ("护眼灯", "eye-care lamp"), ("床头灯", "bedside lamp")],
        price: (5.1, 0.55),
        choice: "mount",
        seasonal: false,
        attributes: &[
            choice(
                "mount",
                ("安装", "Mount"),
                &[("底座式", "standing"), ("夹式", "clamp"), ("充电便携", "rechargeable")],
            ),
            range("lumen", ("亮度", "Brightness"), "lm", (200.0, 1200.0, 50.0)),
            range("cri", ("显色指数", "Colour rendering"), "", (80.0, 98.0, 1.0)),
            range("temperature", ("色温", "Colour temperature"), "K", (2700.0, 6500.0, 100.0)),
            range("power", ("功率", "Power"), "W", (5.0, 24.0, 1.0)),
        ],
    },
    Kind {
        slug: "face-creams",
        path: &[("美妆个护", "Beauty"), ("面部护肤", "Skin care"), ("面霜", "Face creams")],
        brands: &[3, 5, 11, 16, 18, 23],
        models: &["Dewfall", "Petal Ledger", "Second Skin", "Aurora", "Snow Lotus", "Calm"],
        title: (
            "{brand} {model} {effect}面霜 {active} {skin} {content}",
            "{brand} {model} {effect} face cream with {active}, for {skin} skin, {content}",
        ),
        description: (
            "含{active}，主打{effect}，适合{skin}肌肤，{content}装。{season}使用更佳，{style}包装。",
            "With {active}, for {effect}; suits {skin} skin; {content}. Best in {season}; {style} jar.",
        ),
        queries: &[("面霜", "face cream"), ("保湿面霜", "moisturising cream"), ("敏感肌面霜", "sensitive skin cream")],
        price: (5.3, 0.75),
        choice: "effect",
        seasonal: true,
        attributes: &[
            choice(
                "effect",
                ("功效", "Effect"),
                &[("保湿", "moisturising"), ("修护", "repairing"), ("紧致", "firming")],
            ),
            choice(
                "active",
                ("成分", "Active"),
                &[
                    ("神经酰胺", "ceramides"),
                    ("玻尿酸", "hyaluronic acid"),
                    ("烟酰胺", "niacinamide"),
                    ("角鲨烷", "squalane"),
                ],
            ),
            choice(
                "skin",
                ("肤质", "Skin"),
                &[("干性", "dry"), ("混合性", "combination"), ("敏感", "sensitive"), ("油性", "oily")],
            ),
            range("content", ("净含量", "Content"), "ml", (30.0, 100.0, 5.0)),
        ],
    },
    Kind {
        slug: "tea",
        path: &[("食品", "Food"), ("饮品", "Drinks"), ("茶叶", "Tea")],
        brands: &[1, 14, 17, 18, 21, 23],
        models: &["Mist Peak", "Stone Gate", "First Rain", "Old Grove", "River Bend", "Lantern Fair"],
        title: (
            "{brand} {model} {leaf} {grade} {net_weight} {pack}",
            "{brand} {model} {leaf}, {grade}, {net_weight}, {pack}",
        ),
        description: (
            "{leaf}，{grade}，{altitude}海拔产区，{net_weight}{pack}。{season}饮用更宜，{style}包装。",
            "{leaf}, {grade}, grown at {altitude}, {net_weight} in a {pack}. Best in {season}; {style} wrapping.",
        ),
        queries: &[("茶叶", "tea"), ("绿茶", "green tea"), ("乌龙茶", "oolong tea")],
        price: (4.9, 0.80),
        choice: "leaf",
        seasonal: true,
        attributes: &[
            choice("leaf", ("茶类", "Leaf"), &[("绿茶", "green tea"), ("乌龙茶", "oolong tea"), ("红茶", "black tea")]),
            choice(
                "grade",
                ("等级", "Grade"),
                &[("一级", "first grade"), ("特级", "top grade"), ("口粮茶", "everyday grade")],
            ),
            range("altitude", ("海拔", "Altitude"), "m", (300.0, 2200.0, 100.0)),
            range("net_weight", ("净重", "Net weight"), "g", (50.0, 500.0, 50.0)),
            choice("pack", ("包装", "Pack"), &[("罐装", "tin"), ("袋装", "pouch"), ("礼盒", "gift box")]),
        ],
    },
    Kind {
        slug: "building-blocks",
        path: &[("母婴玩具", "Toys & children"), ("益智玩具", "Learning toys"), ("积木", "Building blocks")],
        brands: &[2, 7, 10, 14, 19, 21],
        models: &["Harbour Town", "Sky Foundry", "Little Canal", "Rail Yard", "Observatory", "Night Market"],
        title: (
            "{brand} {model} {theme}积木 {pieces} {age}以上 {material}",
            "{brand} {model} {theme} building blocks, {pieces}, ages {age} and up, {material}",
        ),
        description: (
            "{theme}主题，{pieces}，{material}材质，成品高{height}，适合{age}以上。{style}配色。",
            "{theme} theme, {pieces}, made of {material}, {height} tall when built, for ages {age} and up. {style} colours.",
        ),
        queries: &[("积木", "building blocks"), ("拼装玩具", "construction toys"), ("儿童礼物", "gift for children")],
        price: (5.0, 0.65),
        choice: "theme",
        seasonal: false,
        attributes: &[
            choice("theme", ("主题", "Theme"), &[("城市", "city"), ("航天", "space"), ("机械", "machines")]),
            range("pieces", ("颗粒数", "Pieces"), "pcs", (40.0, 2400.0, 20.0)),
            range("age", ("年龄", "Age"), "y", (3.0, 14.0, 1.0)),
            choice(
                "material",
                ("材质", "Material"),
                &[("环保塑料", "recycled plastic"), ("榉木", "beech"), ("软胶", "soft vinyl")],
            ),
            range("height", ("成品高", "Height"), "cm", (8.0, 60.0, 1.0)),
        ],
    },
];
