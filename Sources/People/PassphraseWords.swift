// SPDX-License-Identifier: AGPL-3.0-or-later

/// 633 short English words, easy to say and to spell, none of them close to rude. Six of them at random are
/// 55 bits, behind half a second of scrypt a guess.
enum PassphraseWords {
    static let all: [String] = """
        able acid acorn actor adobe agate agave agent aisle album alder algae alley almond aloe alpha amber
        anchor angle ankle antler anvil apple apron arch arena argue armor arrow aspen atlas atom attic
        audio autumn avenue awake axis azure bacon badge bagel baker bamboo banjo barley barn basil basin
        basket batch beach beacon bead beam bean beaver beetle bell bench berry birch bison blade blanket
        blaze blend block bloom blossom blue boat bonus book boot border bottle boulder bounce bowl branch
        brass bread breeze brick bridge brisk broom brother brown brush bubble bucket buffalo bugle bundle
        bunny butter button cabin cable cactus camel camera camp canal candle canoe canvas canyon cape
        captain caramel carbon cargo carpet carrot castle cedar cello cement center chain chair chalk cherry
        chess chest chimney cider cinema circle citrus clay clever cliff clock cloud clover coast cobalt
        cocoa comet compass copper coral corner cotton couch cousin coyote crane crater crayon cream cricket
        crisp crow crown cruise crystal cube curtain curve cypress daisy dancer dawn decade deer delta denim
        desert desk diamond dinner dolphin donkey door dragonfly drawer dream drift drum duck dune dusk
        eagle early earth easel east echo elbow elder elm ember engine equal evening exit fabric falcon
        family fancy farmer feather fence fern ferry fiddle field fig finch fire fish flame flavor fleece
        flint flock flour flower flute foam focus forest fork fossil fountain fox frame fresh friend frost
        fruit gallon garden garlic gate gecko gentle ginger giraffe glacier glass globe glove gold goose
        gourd grain granite grape grass gravel gravy green grove guava guitar gust habit hammer harbor harp
        harvest hawk hazel heart heron hickory hill hinge hobby holly honey horizon horse hotel humble
        hummingbird iceberg igloo inch indigo ink island ivory ivy jacket jade jaguar jar jasmine jeans
        jelly jewel journal judge juice jump june jungle juniper kayak kernel kettle key kitchen kite kitten
        kiwi knee knot koala label ladder lagoon lake lamp lantern lark laser laundry lava lavender leaf
        lemon lentil level lily lime linen lizard lobster locket lodge lotus lucky lumber lunch lyric magnet
        mango maple marble march market marsh meadow melody melon mentor metal middle mill mint mirror mist
        mitten model money moon morning moss motor mountain mural museum music mustard napkin nature navy
        nectar needle nephew nest nickel night noble noodle north notebook novel number nutmeg oak oasis oat
        ocean octave olive onion opal opera orange orbit orchard orchid otter oven owl oyster paddle paint
        palace palm panda paper parade park parrot pasta patio peach peanut pear pebble pecan pelican pencil
        pepper piano picnic pigeon pillow pilot pine pioneer planet plank plaza plum pocket poem polar pond
        pony poplar poppy porch potato pottery prairie prism pudding pumpkin puppet purple puzzle quail
        quartz quiet quilt quiver rabbit radar radio raft rain ranch raven recipe red reef ribbon rice ridge
        river road robin rocket root rope rose royal ruby rug rustic saddle saffron sage sail salad salmon
        salsa salt sand sandal sapphire satin sauce scarf school scout season seed shade shell shelter shore
        shoulder silk silver singer sister sketch sky slate sleep slope smile smoke snail snow soap socks
        solar song soup south spark sparrow spice spider spiral spoon spring spruce square squash squid
        stable stamp star steam stone storm story straw stream street stripe sugar summer sun sunset surf
        swan sweater swift table tango taxi teacher temple tennis tent thistle thread thumb thunder ticket
        tide tiger timber toast tomato topaz torch tortoise toucan tower town trail train travel tree
        trumpet tulip tundra tunnel turkey turtle twig umbrella uncle union upper urban valley vanilla
        velvet vendor verse vessel village vine violet violin vista voyage wagon walnut walrus water wave
        wealth weather west whale wheat wheel whistle willow wind window winter wisdom wolf wonder wood wool
        yard yarn yellow yogurt zebra zenith zigzag zinc
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
