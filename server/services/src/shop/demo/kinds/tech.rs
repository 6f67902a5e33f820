//! Electronics.

use super::{Kind, choice, range};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        slug: "headphones",
        path: &[("数码", "Electronics"), ("影音", "Audio"), ("耳机", "Headphones")],
        brands: &[3, 8, 12, 13, 15, 22],
        models: &["Murmur", "Eddy", "Hush", "Overtone", "Cantor", "Stillwater"],
        title: (
            "{brand} {model} {form}蓝牙耳机 {cancelling} 续航{battery} {colour}",
            "{brand} {model} {form} Bluetooth headphones, {cancelling}, {battery} battery, {colour}",
        ),
        description: (
            "{form}佩戴，{cancelling}，{driver}单元，续航{battery}，防护{protection}。{style}外观。",
            "Worn {form}, {cancelling}, {driver} drivers, {battery} of battery life, {protection} protection. {style} look.",
        ),
        queries: &[
            ("蓝牙耳机", "bluetooth headphones"),
            ("降噪耳机", "noise cancelling headphones"),
            ("运动耳机", "sports earbuds"),
        ],
        price: (6.0, 0.65),
        choice: "form",
        seasonal: false,
        attributes: &[
            choice("form", ("佩戴", "Form"), &[("入耳式", "in-ear"), ("头戴式", "over-ear"), ("开放式", "open-ear")]),
            choice(
                "cancelling",
                ("降噪", "Noise cancelling"),
                &[
                    ("主动降噪", "active noise cancelling"),
                    ("通话降噪", "call noise reduction"),
                    ("无降噪", "no noise cancelling"),
                ],
            ),
            range("battery", ("续航", "Battery life"), "h", (6.0, 60.0, 2.0)),
            range("driver", ("单元", "Driver"), "mm", (6.0, 14.0, 0.5)),
            choice("protection", ("防护", "Protection"), &[("IPX4", "IPX4"), ("IP55", "IP55"), ("IPX7", "IPX7")]),
        ],
    },
    Kind {
        slug: "phones",
        path: &[("数码", "Electronics"), ("手机通讯", "Phones"), ("智能手机", "Smartphones")],
        brands: &[3, 12, 13, 18, 20, 22],
        models: &["Meridian", "Lode", "Astra", "Kite", "Prism", "Orbit"],
        title: (
            "{brand} {model} 5G手机 {memory}+{storage} {screen} {colour}",
            "{brand} {model} 5G phone, {memory} + {storage}, {screen}, {colour}",
        ),
        description: (
            "{screen}{panel}，{memory}运行内存，{storage}存储，{battery_capacity}电池，主摄{camera}。{style}机身。",
            "A {screen} {panel} screen, {memory} of memory, {storage} of storage, a {battery_capacity} battery and a {camera} main camera. {style} body.",
        ),
        queries: &[("手机", "smartphone"), ("5G手机", "5g phone"), ("大电池手机", "big battery phone")],
        price: (7.7, 0.45),
        choice: "panel",
        seasonal: false,
        attributes: &[
            choice("panel", ("屏幕", "Screen"), &[("直屏", "flat"), ("曲面屏", "curved"), ("折叠屏", "folding")]),
            range("memory", ("运行内存", "Memory"), "GB", (6.0, 16.0, 2.0)),
            range("storage", ("存储", "Storage"), "GB", (128.0, 1024.0, 128.0)),
            range("screen", ("屏幕尺寸", "Screen size"), "\"", (5.8, 7.2, 0.1)),
            range("battery_capacity", ("电池容量", "Battery capacity"), "mAh", (4000.0, 7000.0, 100.0)),
            range("camera", ("主摄", "Main camera"), "MP", (48.0, 200.0, 2.0)),
        ],
    },
    Kind {
        slug: "laptops",
        path: &[("数码", "Electronics"), ("电脑办公", "Computers"), ("笔记本电脑", "Laptops")],
        brands: &[0, 4, 12, 13, 15, 22],
        models: &["Folio", "Quarto", "Ledger", "Vellum", "Draft", "Margin"],
        title: (
            "{brand} {model} {screen}{purpose}笔记本电脑 {memory}内存 {storage}固态 {colour}",
            "{brand} {model} {screen} {purpose} laptop, {memory} memory, {storage} SSD, {colour}",
        ),
        description: (
            "{screen}屏幕，{memory}内存，{storage}固态硬盘，重{mass}，续航{battery}。面向{purpose}，{style}外观。",
            "A {screen} screen, {memory} of memory, a {storage} SSD, {mass}, {battery} of battery life. For {purpose} use; {style} look.",
        ),
        queries: &[("笔记本电脑", "laptop"), ("轻薄本", "thin and light laptop"), ("游戏本", "gaming laptop")],
        price: (8.6, 0.40),
        choice: "purpose",
        seasonal: false,
        attributes: &[
            choice(
                "purpose",
                ("定位", "Purpose"),
                &[("轻薄办公", "thin-and-light"), ("游戏", "gaming"), ("创作", "creator")],
            ),
            range("screen", ("屏幕尺寸", "Screen size"), "\"", (13.0, 17.0, 0.5)),
            range("memory", ("内存", "Memory"), "GB", (8.0, 64.0, 8.0)),
            range("storage", ("固态硬盘", "SSD"), "GB", (256.0, 2048.0, 256.0)),
            range("mass", ("重量", "Weight"), "kg", (0.9, 2.8, 0.1)),
            range("battery", ("续航", "Battery life"), "h", (5.0, 22.0, 1.0)),
        ],
    },
];
