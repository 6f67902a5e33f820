//! Words of the shop.

use alluvium_domain::Lang;
use alluvium_domain::shop::{EventKind, Product};
use alluvium_services::recommend::WindowBasis;

use super::{Text, texts};

texts! {
    SHOP: "商店", "Shop";
    SHOP_LEAD: "演示与评测所用的商品目录。每个目录说明自己的来源；模拟的数据都标明是模拟。", "The catalogues that demonstrations and measurements run on. Each says where it is from; simulated data is labelled as such.";
    SIMULATED: "模拟数据", "Simulated data";
    SIMULATED_NOTICE: "这个目录里的商品、品牌、购物者和行为都由程序生成，与真实的人和公司无关。", "Products, brands, shoppers and events of this catalogue are generated; they have nothing to do with real people or companies.";
    PRODUCTS: "商品", "Products";
    SHOPPERS: "购物者", "Shoppers";
    EVENTS: "行为", "Events";
    NO_CATALOGUES: "还没有目录", "There is no catalogue yet";
    NO_CATALOGUES_HINT: "运行 alluvium shop demo 生成演示商店，或用 alluvium shop import 导入。", "Run alluvium shop demo for the demo shop, or alluvium shop import for your own.";
    NO_PRODUCTS: "没有这样的商品", "There is no such product";
    NO_PRODUCTS_HINT: "去掉一个筛选条件试试。", "Try with one filter less.";
    ALL_PRODUCTS: "全部商品", "All products";
    CATEGORY: "类目", "Category";
    BRAND: "品牌", "Brand";
    PRICE: "价格", "Price";
    PRICE_FROM: "最低价", "From";
    PRICE_TO: "最高价", "To";
    SORT: "排序", "Sort";
    SORT_ADDED: "默认", "As added";
    SORT_PRICE: "价格从低到高", "Cheapest first";
    SORT_PRICE_DESCENDING: "价格从高到低", "Dearest first";
    NO_PRICE: "没有价格", "No price";
    ATTRIBUTES: "属性", "Attributes";
    PICTURE_ELSEWHERE: "原图（在别的网站上）", "Original picture (on another site)";
    WHAT_HAPPENED: "发生过的行为", "What was done with it";
    OF_VIEWS: "占浏览", "of views";
    YES: "是", "yes";
    NO: "否", "no";
    A_SHOPPER: "看一位购物者", "Look at a shopper";
    TASTES: "偏好", "Tastes";
    TASTES_HINT: "按行为数统计：浏览、加购、购买。", "Counted from events: views, carts, purchases.";
    BY_CATEGORY: "按类目", "By category";
    BY_BRAND: "按品牌", "By brand";
    HISTORY: "历史", "History";
    TIME: "时间", "Time";
    EVENT: "行为", "Event";
    PRODUCT: "商品", "Product";
    QUERY: "查询", "Query";
    POSITION: "位置", "Position";
    TRUTH: "真实效用的权重", "True weights of the utility";
    TRUTH_HINT: "生成器给这位购物者定下的权重：解释算得对不对，就与它比较。", "What the generator gave this shopper: explanations are measured against it.";
    POPULAR: "这个浏览器还没有看过这家商店的商品，先列出最常被打开的；看过几件之后会换成推荐。", "This browser has not looked at any product of this shop yet: these are opened most. Look at some, and they are chosen for you.";
    UNTRAINED: "推荐模型还没有训练好，先列出最常被打开的。", "No recommendation model has been trained yet: these are opened most.";
    IN_THE_SHOP: "商店里的推荐", "Recommended in the shop";
    FORGET_SEEN: "忘掉看过的商品", "Forget what I looked at";
    FEATURE: "特征", "Feature";
    WEIGHT: "权重", "Weight";
    ACT_HINT: "以匿名身份逛，只有自己能看到；管理员收录后，下一轮训练才会学到。", "Shop under a name that says nothing of you and that only you see. Training learns from it once an administrator has taken it in.";
    ACT_OWN: "这是您自己在这里的行为，别人看不到。", "This is what you did here; nobody else sees it.";
    ACT_SHOPPER: "我的行为", "What I did";
}

pub(crate) fn event(kind: EventKind) -> Text {
    match kind {
        EventKind::View => Text::new("浏览", "View"),
        EventKind::Cart => Text::new("加购", "Cart"),
        EventKind::Purchase => Text::new("购买", "Purchase"),
    }
}

/// A price with its currency, `¥129.00`.
pub(crate) fn price(product: &Product, lang: Lang) -> String {
    let (Some(price), Some(currency)) = (product.input.price, product.input.currency.as_deref()) else {
        return NO_PRICE.of(lang).to_owned();
    };
    let sign = match currency {
        "CNY" => "¥".to_owned(),
        "EUR" => "€".to_owned(),
        "USD" => "$".to_owned(),
        other => format!("{other} "),
    };
    format!("{sign}{}.{:02}", price / 100, price % 100)
}

/// What the products on the home page were chosen by.
pub(crate) fn basis(basis: WindowBasis, lang: Lang) -> String {
    match (basis, lang) {
        (WindowBasis::Seen(count), Lang::Zh) => {
            format!("依据这个浏览器最近看过的 {count} 件商品；记录只存在浏览器里。")
        }
        (WindowBasis::Seen(count), Lang::En) => {
            let seen = products(count, lang);
            format!("From the {seen} looked at last in this browser, which alone keeps the record.")
        }
        (WindowBasis::Popular, _) => POPULAR.of(lang).to_owned(),
        (WindowBasis::Untrained, _) => UNTRAINED.of(lang).to_owned(),
    }
}

pub(crate) fn products(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 件商品"),
        Lang::En if count == 1 => "1 product".to_owned(),
        Lang::En => format!("{count} products"),
    }
}
