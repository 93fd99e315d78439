// SPDX-License-Identifier: AGPL-3.0-or-later
// Written by bin/common-passphrases from the frequency lists of zxcvbn for Python 4.5.0: passwords of published breaches
// and common names, without the rude ones. Those lists are under the MIT license:
//
// Copyright (c) 2016 Daniel Wolf
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
// documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
// rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
// persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and
// this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED
// "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
// MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS
// BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

extension CommonPassphrases {
    /// 4924 of them, sorted, letters and digits only.
    static let listed = """
        00000 000000 0000000000d 0000000000o 000001 000007 000111 007007 01011 01011900 01011910 01011960 01011970
        01011975 01011977 01011978 01011979 01011980 01011981 01011982 01011983 01011984 01011985 01011986 01011987
        01011988 01011989 01011990 01011991 01011992 01011993 01011999 01012000 01012001 01012010 01012011 010180
        010203 01020304 010203040506 01031988 01061990 01071986 01081989 01091989 01121986 012345678910 014702580369
        01telemike01 02011980 02011981 02011984 02011985 02011986 02011987 02011988 02011989 02021973 02021976 02021979
        02021981 02021982 02021983 02021984 02021985 02021986 02021987 02021988 02021989 02031979 02031981 02031982
        02031984 02031985 02031986 02031987 02041979 02041981 02041982 02041983 02041984 02041985 02041986 02041987
        02041988 02041989 02051982 02051983 02051984 02051986 02051987 02051988 02051989 02061980 02061982 02061983
        02061984 02061985 02061986 02061987 02061988 02061989 02071980 02071981 02071982 02071983 02071984 02071986
        02071987 02071988 02071989 02081977 02081982 02081983 02081984 02081985 02081986 02081987 02081988 02081989
        02091980 02091981 02091983 02091984 02091985 02091986 02091987 02091989 02101984 02101985 02101986 02101987
        02101989 03041991 03082006 05051985 05051987 06061986 07071987 08031986 0987654321a 0987654321q 100000 1000000
        10011986 10101 10203 102030 10203040 102030405060 102938 1029384756 1029384756q 11051987 11081989 111000 111111
        11111111 1111111111zz 111111a 111111q 11112222 111222 111222333 111222333000 111222333444555 111333 111qqq
        112211 11223 112233 11223344 1122334455 112233445566 112358 11235813 1123581321 12011987 12021988 12051988
        120676 12121 121314 12131415 122333 122333444455555 123000 123098 12312 123123 12312312 123123a 123123q
        123123qweqwe 1232323q 12332 123321 123321123 123321456654 123321a 123321q 123321qweewq 1234321 12344321 12345
        123451 123454321 123455 1234554321 1234554321a 1234554321q 123456 1234560 12345654321 123456654321 1234567
        12345672000 12345678 123456782000 1234567887654321 123456789 1234567890 12345678900 123456789000
        12345678900987654321 1234567890987654321 1234567890a 1234567890d 1234567890m 1234567890o 1234567890p
        1234567890q 1234567890qaz 1234567890qw 1234567890qwe 1234567890qwerty 1234567890s 1234567890w 1234567890z
        1234567890zzz 1234567891 12345678910 123456789101 12345678912 123456789123 1234567892000 12345678987654321
        123456789987654321 123456789a 123456789aa 123456789abc 123456789as 123456789asd 123456789q 123456789qaz
        123456789qq 123456789qqq 123456789qw 123456789qwe 123456789qwer 123456789qwerty 123456789s 123456789z
        123456789zx 123456789zxc 123456789zz 12345678a 12345678q 12345678qwe 12345679 1234567a 1234567q 1234567qwertyu
        123456a 123456aa 123456k 123456l 123456m 123456q 123456qw 123456qwe 123456qwert 123456qwerty 123456r 123456s
        123456z 123457 12345a 12345q 12345qwe 12345qwert 12345qwerty 12345t 12345z 123465 1234abcd 1234asdf 1234qw
        1234qwe 1234qwer 1234qwerasdf 1234qwerasdfzxcv 12365 123654 12365478 123654789 1236987 12369874 123698745
        123789 123789456 123987 123aaa 123abc 123asd 123ewq 123hfjdk147 123qaz 123qq123 123qw 123qwe 123qwe123
        123qwe456rty 123qweasd 123qweasdzx 123qweasdzxc 123qwer 123qwerty 123qwerty123 123zxc 124578 128500 12qw12
        12qw12qw 12qw34er 12qw34er56ty 12qwas 12qwaszx 13041987 13041988 131313 132435 13243546 134679 134679852 135246
        13579 135790 135791 135792468 1357924680 1366613 14061991 141627 142536 147258 14725836 147258369 147369 147741
        147852 147852369 1478963 14789632 147896325 147963 15051981 150781 153624 15426378 159357 159632 15975 159753
        159753456852 159951 162534 172839 18011987 18436572 192837 192837465 19411945 1986irachka 1a2b3c 1a2b3c4d
        1a2s3d4f 1a2s3d4f5g6h 1q2w3e 1q2w3e4r 1q2w3e4r5 1q2w3e4r5t 1q2w3e4r5t6y 1qa2ws 1qa2ws3ed 1qa2ws3ed4rf
        1qa2ws3ed4rf5tg 1qaz2ws 1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw2 1qazxsw23edc 1qazxsw23edcvfr4 1qwerty
        1qwertyuiop 1x2zkg8w 1z2x3c 1z2x3c4v 200000 20061988 21011989 21031987 21031988 2128506 22021989 22041987
        222333 223344 225588 23041987 23176djivanfros 235689 24061986 246810 25802580 258456 258852 26061987 3000gt
        30051985 31217221027711 314159 31415926 315475 321123 321456 321654 321654987 32615948worms 332211 333666
        333777 336699 362436 369258 369852 369963 41d8cd98f00b 420000 420247 420420 426hemi 445566 456123 456321 456654
        456852 45m2do5bs 4815162342 4815162342a 4815162342lost 4815162342q 4904s677075 4runner 50cent 50spanks
        51051051051 541233432442 5551212 555666 555777 59382113kevinp 654123 654321 655321 666666 666777 666999 6751520
        69696 696969 73501505 74108520 741852 741852963 742617000027 753159 753951 7753191 7777755102q 7777777 777888
        7779311 778899 784512 787898 789123 78945 789456 78945612 789456123 7894561230 7895123 789654 789987 794613
        7ugd5hip2j 80637852730 8096468644q 80988218126 81fukkc 852456 8675309 87e5nclizry 88002000600 89015173454
        89032073168 89172735872 89211375759 89231243658s 89600506779 89876065093rax 8j4ye3uz 90210 906090 911911
        9293709b13 9379992 951753 9562876 963852 963852741 987123 987456 987456321 998877 a11111 a12345 a123456
        a1234567 a12345678 a123456789 a1234567890 a1a2a3 a1b2c3 a1b2c3d4 a1s2d3 a1s2d3f4 a1s2d3f4g5h6 aa123456
        aa123456789 aaa111 aaliyah aardvark aaron aaron1 abc12 abc123 abc1234 abc12345 abc123456789 abcd123 abcd1234
        aberdeen abgrtyu abnormal abracadabra abrakadabra absolut abstr access access14 accord accountbloc achilles
        achtung action adam12 adams adgjmptw adidas admin admin18533362 adonis adrian aezakmi agent007 aggies agnes
        aikido airborne airbus airforce airplane airwolf akira alabama aladin alaska albany albatros albert alberto
        albion alejandr aleksandr aleksandra aleksey alenka alessandro alex123 alexande alexander alexandr alexey
        alexis alfred alfredo alibaba alice alicia aliens allan allen allison allmine allsop allstar aloha alpha alpha1
        alphabet alpine alternativa altima alucard alvin amadeus amadeusptfcor amanda amanda1 amateur amateurs amazon
        amber amber1 americ america america1 amerika amigo amorcit amsterda amsterdam an83546921an13 anaconda anakin
        anarchy anastasi anastasiya anderson andre andrea andrea1 andrei andrew andrew1 andrewjackie andrews andrey
        andromed andromeda anfield angel angel1 angel123 angela angels angelus angus anhyeuem animal anime anita
        annette annie annie1 antananarivu anthon anthony anthony1 anthrax antoni antonio anubis apache apokalipsis
        apollo apollo13 apple apple1 apple123 applepie apples april aptiva aquarius aragorn arcadia area51 arizona
        arjay arlene armada armagedon armando armani armstron armstrong arnold arrow arrows arsenal arsenal1 artem
        artemis artemka arthur artur asd123 asdasd asddsa asdf12 asdf123 asdf1234 asdfasdf asdfg asdfgh asdfgh01
        asdfgh123456 asdfghj asdfghjk asdfghjkl asdfghjkl123 asdfjkl asdfzxcv asdqwe123 asdzxc ashley ashley1 aspire
        aspirine astalavista asterix astonmartin astra astro astros athlon atlanta atlantis atomic attila auburn
        auckland2010 audia4 audrey aussie austin austin1 australi avalanch avalon avatar avenger avrillavigne awesome
        awo8rx3wa8t azamat azazel azerty azsxdc azsxdcfv azwebitalia babes babyblue babyboy babydoll babyface babygirl
        babylon babylon5 babylove bacardi bacchus backdoor badboy baddog badger badgers badgirl badman badnaamhere
        baggins baggio bagira bailey bailey1 baker baller ballin balloon balloons balls bambam bamboo banana bananas
        banane bandit banger bangkok banker banks banner banshee banzai barbados barbara barbie barcelon barcelona
        barefoot barkley barnes barney barry barsik bartman basebal baseball baseball1 basket basketba basketball1
        bastard batman batman1 bayern bcfields beaches beagle beamer beaner beanie bearcat bearcats beardog beast
        beast1 beastie beatle beatles beatrice beautifu beauty beaver beavis beckham beefcake beemer beerman beetle
        bella1 benfica bengals benjamin bennett beowulf beretta bergkamp berlin bernard bernice berry bertha bessie
        betty beverly bhbirf bicycle bigballs bigbear bigben bigbird bigblock bigblue bigbob bigboss bigboy bigbutt
        bigcat bigdaddy bigdog bigfish bigfoot biggie biggles bigguy bigmac bigman bigmike bigmoney bigone bigred
        bigtime bigtit bikini bilbo billy billy1 billybob billyboy bimmer bingo bingo1 binladen bird33 birddog birdie
        birdman birthday100 birthday299 biscuit biteme bizkit blabla black black1 blackbir blackcat blackdog
        blackdragon blackhaw blackie blackjac blackjack blackout blacks blacky blade bladerunner blades blahblah
        blaster blaze blazer blessed blessing blink182 blizzard blonde blondes blondie blowjob blowme bltynbabrfwbz
        blue12 blue123 blue22 bluebell bluebird blueboy bluedog blueeyes bluefish bluemoon blues blues1 bluesky
        bluesman bmw325 boating bob123 bobafett bobby bobby1 bobcat bobdylan boeing bogart bogdan bogey bohica boiler
        bollocks bollox bologna bombay bomber bombers bond007 bondage bonehead boner bones bonjour bonjovi bonkers
        bonnie bonsai booger boogie bookworm boomboom boomer boomer1 booster bootie boots booty boozer borabora boricua
        borussia bosco bossman boston bounce bounty bowler bowling bowwow boxer boxers boxing boxster boy4u2ownnyc
        bpgjldsgjldthnf br0d3r br549 bradley brando brandon brandon1 brandy brasil braves brazil breast breasts breeze
        brenda brent brett brian brian1 brighton bristol britney brittany brodie broker bronco broncos broncos1
        brooklyn brooks brown brownie browns bruce brucelee bruins bruiser bruno1 brutus bryan bryant bubba bubba1
        bubba69 bubbas bubble bubbles buceta bucket buckeye buckeyes buckshot budapest buddah buddha buddie buddy
        buddy1 buddyboy budlight budman budweise buffalo buffett buffy1 bugger builder bulldog bulldog1 bulldogs bullet
        bullfrog bulls bullseye bummer bumper bunghole bunnies bunny bunny1 burger burns burrito bushido businessbabe
        buster buster1 busty butch butler butter buttercu butterfl butterfly butthead butthole buttman buttons buzzard
        byajhvfnbrf byteme cabbage cabron cactus cadillac caesar calgary calico caliente californ california1 caligula
        callum calvin camaro cambiami camel camelot camels cameltoe cameron cameron1 campbell camper canada cancer
        cancun candle candyman cannabis canon cantona capone capslock captain caramel caravan cardinal carla carlito
        carlitos carlos carmen carmex2 carnage carol carolina caroline carolyn carpedie carpenter carpet carrera carrie
        carroll carrot carter cartman cartoon casanova caserta casey casey1 casino casper castillo cat123 catch22
        catdog catfish catherin catherine cathy catman catwoman cavalier caveman cbr600 cbr900rr ccbill cdtnbr cdtnkfyf
        cecil cegthgfhjkm celeb celeron celica celine celtic celtics cerberus cessna cfitymrf cgfhnfr chainsaw champ
        champion champs changeme chaos chapman charger chargers charlene charles charles1 charli charlie charlie1
        charlott charlotte charlton charly charmed chase1 chaser chavez cheater cheburashka checkers cheech cheeks
        cheerleaers cheers cheese cheese1 cheetah chelsea chelsea1 cherokee cherry cheryl chessmaster chester chester1
        chevelle chevrole chevrolet chevy chevy1 chevys chewie cheyenne chiara chicago chicago1 chichi chicken chicken1
        chickens chickenwing101 chicks chico chiefs chilli chillin chilly chimera chinook chipmunk chipper chippy
        chivas chloe1 chocolat choochoo chopin chopper chris chris1 chrisbln chriss chrissy christ christia christian
        christin christina christine christma christop christopher christopher1 chrome chronic chrono chrysler chuai
        chuang chubby chuckie chuckles chucky chunky ciccio cicero cigars cinder cindy cindy1 cinnamon citadel
        cjdthitycndj cjkysirj cjkywt clancy clapton clara clarence clarinet clark claude claudi claudia claymore
        clayton clemson cleopatr clevelan clifford climber clinton clipper clippers clitoris cloud9 clouds clover
        clowns clubpenguin clyde cnfybckfd cobain cobalt cobra cobra1 cobras cocacola cocaine coconut codered coffee
        cohiba coldbeer coleman colleen collins colnago colombia colorado colors colt45 coltrane comanche combat123654
        comet comicbookdb commando compaq computadora compute computer conan concord concorde concrete condom condor
        connect connie connor constance consumer contortionist cookie cookie1 cookies cooldude cooler coolguy coolio
        coolman coolness cooper cooter copper corey corleone corndog corolla corona corperfmonsy corrado corsair
        corvette cosmic cosmo cosmos cosworth cougar cougars counterstrike courtney coventry cowboy cowboy1 cowboys
        cowboys1 coyote cracker craig cramps crawford crazy1 crazybab creampie creamy creative cricket cricket1 crimson
        critter crjhgbjy cruise cruiser crunch crusader crusher crysis crystal crystal1 ctdfcnjgjkm cthtuf cthulhu
        cthutq ctrhtn cubbies cubswin cuddles cunningham cupcake curious curtis custom cutter cxfcnmt cxfcnmttcnm cyber
        cyberonline cyborg cyclone cyclops cygnus cyjdsvujljv cynthia cypress dabears daddy1 daemon daewoo dagger
        daisy1 dakota dakota1 dalejr dallas dallas1 dalshe dammit damnit dancer danger danie daniel daniel1 danielle
        daniels daniil danila danni danny danny1 dannyboy danzig darklord darkman darkness darkside darkstar darlene
        darrell darren darryl david david1 davide davids davis daytona dbrnjh dbrnjhbz deadhead deadman deadpool death1
        death666 debbie deborah debra deejay deepthroat deeznuts deeznutz defender defiant deftones delete delight
        delores delphi delta delta1 deluxe denali denise deniska dennis depeche depechemode derek derrick desert
        designer desire deskjet destin destiny detroit deutsch deutschland devil devil666 devildog devildriver
        devilmaycry devilmaycry4 devils dexter dfcbkbq dfkthbz dfkthf dfktynbyf dfvgbh dharma dhjnvytyjub diablo dialog
        diamond diamond1 diamonds diana diane diehard diesel dietcoke dieter digger diggler digimon digital digital1
        digitalprodu dilbert dildo dilligaf dinamo dinara dingdong dinosaur dirtbike discover disney diver divine dixon
        dkflbckfd dkflbdjcnjr dkflbvbh dkflbvbhjdbx dkflbvbhjdyf doberman doctor dodge1 dodger dodgeram dodgers
        dodgers1 dog123 dogbert dogboy dogcat dogfood dogger doggie doggy doghouse dogman dogphil3650 doitnow dollar
        dolores dolphin dolphin1 dolphins domainlock2005 domino donald donkey donna donuts doobie doodle doofus doogie
        dookie doomsday doris dorothy dotcom doughboy douglas dracula drago dragon dragon1 dragon12 dragonba dragonball
        dragonballz dragons dragoon drakon dreamer dreams drifter driver drizzt droopy drowssap drpepper drummer
        drummer1 dthjybrf duane dublin ducati duchess duckie duncan dundee durango duster dustin dusty1 dutchess dwayne
        dwight dynamite dynamo eagle eagle1 eagles eagles1 earnhard eastside eastwood eatme eclipse eddie eddie1 edgar
        edith eduard edward edward1 edwards edwin eeyore eileen einstein ejaculation ekaterina ekaterina20 elaine
        eldorado eleanor electra electric electro electron element elephant elizabet elizabeth elizaveta ellen elliott
        ellis elmer elsie elvis1 emerald emily emily1 eminem empire engage engineer enigma enrico enter enter1 enterpri
        enterprise entropy epsilon eraser erica ericsson ernest erotic erotica escort esther eternal eternity ethel
        eugene eureka europa evanescence evans evelyn everest everett everlast everton excalibu excalibur exigen
        exigent exodus exotic explorer express extreme eybdthcbntn fabie fabric facial falcon falcon1 falcons fallen
        fallenangel fallout fandango fantasia fantasy farscape farside fastball faster fatboy fatcat fatman fatty
        fcbarcelona feather felix felix1 fender fender1 fergie fergus ferguson fernand fernando ferrari ferrari1 ferret
        fester fetish fghtkm fgjrfkbgcbc fgtkmcby ficken fidelio fields fiesta figaro fighter filter finalfantasy
        finger fireball firebird firefighter firefly firefox fireman firestarter firewall firstone123 fishbone fisher
        fishes fishhead fishin fishing fishing1 fisting fitness fkmnthyfnbdf fktrcfylh fktrcfylhf fktrcfylhjd
        fktrcfylhjdbx fktrcfylhjdf fktrcfylhjdyf fktrctq flames flamingo flanker flash flash1 flatron fletch flexible
        flipper floppy florence flores florian florida florida1 flounder flower floyd fluffy flvbybcnhfnjh flyboy
        flyers flyfish foobar footbal football football1 football123 fordf150 forest foreve forever forfun formula
        formula1 forsaken fortuna foryou fossil foster foxtrot franc frances francesc francis francisco frank frank1
        franklin franky freaks freaky freckles freddy frederick frederiksberg freebird freedom freedom1 freeman
        freeuser freeway friday fright frisco frisky frodo frogger froggy frogman fromvermine front242 frontier frosty
        fubar fufnfrhbcnb fugazi fulham fullmoon funtime fusion futbol fuzzy fyfcnfcbz fyfnjkmtdbx fyfnjkmtdyf fylhtq
        fynfyfyfhbde fytxrf fyutkbyf gabrie gabriel gabriel1 gabriell gadget gagging galatasaray galaxy galina galore
        gambit gameboy gamecube gameover gandalf gandalf1 ganesh gangbang gangsta gangster garcia garden gardner
        garfield gargoyle garion gasman gateway gateway1 gator gator1 gatorade gators gawker gbhfvblf gbpltw gegcbr
        geheim gemini generic genesis genesis1 genius georg george george1 georgia gerald geraldine geronimo gertrude
        gesperrt getmoney getout getsome gfhfvgfvgfv gfhjkm gfhjkm1 gfhjkm123 gfhjkmgfhjkm ghbdtn ghbdtn123 ghbdtnbr
        ghbdtnghbdtn ghbdtnrfrltkf ghblehjr ghbywtccf ghetto ghhh47hj764 ghhh47hj7649 ghjcnbnenrf ghjcnj ghjcnjgbpltw
        ghjcnjgfhjkm ghjcnjghjcnj ghjcnjnfr ghjcnjqgfhjkm ghjcnjrdfibyj ghjcnjrdfif ghjnbdjcnjzybt ghjrehfnehf
        ghjuhfvvbcn ghost ghost1 ghostrider giants gibson gilbert gilles ginger ginger1 giorgi giorgio giraffe girls
        gizmo gizmo1 gizmodo gjkbyf gjkysqgbpltw gjytltkmybr gladiator gladys glenda glenn gloria gmoney gn56gn56
        goalie goaway gobears goblin goblue gobucks goddess godfathe godfather godsmack godzilla gofish goforit goirish
        golden goldfish goldstar goldwing golfball golfer golfer1 golfing goliath gollum gomez gonavy gonzales gonzalez
        gonzo goober good123654 goodboy goodluck goodmorning goodtime goofy google gooner goose gopher gordon gordon24
        gorilla gotcha gothic gotohell govols grace graham granny grant grease great1 greatone greedisgood green green1
        green123 greenbay greenday greene greenlantern greens gregor gregory gremlin grendel gretzky griffey griffin
        gringo grizzly gromit groove groovy groucho grumpy gsxr750 gthtcnhjqrf gthtrhtcnjr gtnhjdbx gtnhjpfdjlcr guang
        guardian guiness guinness guitar guitar1 guitars gundam gunnar gunner gunners gustav gutierrez guyver gypsy
        habibi hacked hacker haggis hairy hal9000 halflife halifax hallo hambone hamburg hamilton hamish hamlet hammer
        hammer1 hammers hamster handyman hannah hannah1 hannibal hansolo happy1 happy123 happyday hardcore hardon
        hardrock harley harley1 harold harper harris harrison harry harry1 harrypotter harvest havana havefun hawaii
        hawaii50 hawaiian hawkeye hawkeyes hawkins hayabusa hayes hazel hd764nw5d7e1vb1 hearts heater heather heather1
        heaven heckfy hector hedgehog hedimaptfcor heidi heidi1 heineken helen hellboy hellfire hello hello1 hello123
        helloo hellos hellyeah helmet helpme henderson hendrix henry henry1 hentai herbert herbie hercules herman
        hermes hernandez hershey hesoyam hewlett heynow hicks hidden highbury highheel highland highlander hiphop
        hippie hitachi hithere hitman hjccbz hjvfirf hobbes hobbit hockey hockey1 hokies holiday holly holly1 hollywoo
        holmes homeboy homer1 homerj homers homerun honda honda1 hondas honey1 hongkong honolulu hookem hooker hookup
        hooligan hoosier hoosiers hooter hooters hootie hopeful horizon horndog hornet hornets horney horny horny1
        horse horses hotbox hotboy hotdog hotone hotred hotrod hotshot hotstuff hottie hounddog house1 hover howard
        htubcnhfwbz hudson hughes hummer hunter hunter1 hunting hurrican husker huskers huskies hustler hyperion iamgod
        iampurehaha2 ib6ub9 ibanez iceberg icecream icehouse iceman icu812 idontkno idontknow idunno iforgot iguana
        ihateyou illini illusion iloveme ilovemyfamily ilovemylife ilovemyself iloveu iloveyo iloveyou iloveyou123
        iloveyou2 imation immortal impala incubus indiana indians indigo inferno infiniti infinity ingodwetrust insane
        insert insomnia inspiron install installdevic installsqlst installutil integra intel intelinside intercourse
        internet intrepid intruder inuyasha iomega ipswich irene irina irinka irish1 irishman ironman iscool
        iseedeadpeople islander istanbul italia itsme ivanov ivanova iverson iverson3 iwantu jabroni jackal jackdaniels
        jackie jackoff jackpot jackson jackson1 jackson5 jacob jacob1 jacqueline jagger jaguar jaime jamaica james
        james007 james1 james123 jamesbon jamesbond jamesbond007 jamie jamie1 jammer jammin janet janice jared jarhead
        jasmine jasmine1 jason jason1 jasper javier jaybird jayden jayhawk jayhawks jazzman jeanette jeanne jefferso
        jeffery jeffrey jelly jellybea jenkins jennife jennifer jenny1 jeremy jeremy1 jericho jerkoff jerome jerry
        jerry1 jesse jessic jessica jessica1 jessie jester jesus jesus1 jesuschrist jesusislord jethro jetski jewels
        jezebel jiang jiggaman jimbo jimbo1 jimbob jimmie jimmy jimmy1 jingle jiong jktymrf jlbyjxtcndj joann joanne
        jockey joebob johann johannes john316 johnboy johndeer johnnie johnny johnny1 johnson johnson1 johnston joker
        joker1 jokers jonathan jones jones1 jorda jordan jordan1 jordan23 jorge joseph joseph1 josephin josephine
        joshua joshua1 joyce jrcfyf jsbach juanita jubilee judith juggalo juice juicy julia julie julie1 julien julio
        jumper junebug jungle junior junior1 jupiter just4fun just4me justdoit justice justin justin1 justinbiebe
        justinbieber justme juventus kahuna kakashka kaktus kalina kamelia2011 kamikaze kamila kangaroo kansas karate
        karen karen1 karina karolina kashmir kasper katana katarina katerina katherine kathleen kathryn kathy katie
        katie1 katrin kawasaki kazantip kcj9wx5n keeper keith kelley kelly kelly1 kennedy kenneth kenshin kenwood
        kenworth kevin kevin1 keyboard keystone keywest kfhbcf kicker kidrock kieran killbill killer killer1 killer12
        killers killjoy killme kilroy kimberly kimmie kingfish kingkong kingpin kingston kinky kipper kirill kirsty
        kisses kissme kitkat kitten kittens kitty kitty1 kittycat kittykat kjkszpj kjrjvjnbd klaster kleopatra klingon
        knickerless knickers knicks knight knights knockers knopka kodiak kolobok komodo konstantin koroleva koshka
        kosmos kostya kotaku kotenok krasotka krishna kristen kristin krusty krypton ktyjxrf kuang kungfu labrador
        labtec lacrosse ladybug laguna lakers lakota lamborghini lamer lance lancelot lancer lansing lantern laptop
        larisa larry larry1 laser lasvega lasvegas latinas latino laura laura1 lauren laurent laurie lawrence lawson
        lazarus leather leavemealone ledzep ledzeppelin legacy legend legion legolas lemonade lennon leonard leonid
        leopard leroy lesbian lesbians leslie lespaul lestat lester letmein letmein1 letmein2 letsgo lewis lexmark
        lexus lfplhfgthvf lhbjkjubz2957704 liang liberty licker licking lickit lickme lifehack lighter lightnin
        lightning lights lillian lillie linda linda1 lindros lineage lineage2 lionking liquid lithium littleminge
        liverpoo liverpool liverpoolfc lizard lkjhgfdsazx lloyd lobster logan1 logitech lokomotiv lol123 lolipop
        lollipop lollol lollypop london london1 lonestar lonewolf longbow longdong longhorn longjohn lonnie looker
        looser lopez loretta lorraine loser losers lost4815162342 lotus louis louise love1 love12 love123 love69
        lovebug loveforever loveit lovelife lovely loveme lover lover1 loverboy lovers loveyou lowrider ltybcrf
        luansantana lucifer lucille lucky lucky1 lucky13 lucky7 luckydog ludmila lumber lvbnhbq lydia lytghjgtnhjdcr
        ma123123123 macbeth macdaddy machine macross madcat maddie maddog madina madison madison1 madman madmax madness
        madonna maestro magelan maggi maggie maggie1 maggot magic magic1 magician magick magicman magnet magnum magnus
        magpie maiden mailcreated5240 mailman majestic makaveli maksim maksimka malaka malibu malina mallard mama123
        mamapapa manchest manchester manchester1 mancity mandarin mandingo mandy1 mango mangust6403 maniac mankind
        manolo manowar manson mantis manuel manutd mapet123456 maprchem56458 maradona marathon marcello marcia marcus
        margaret maria maria1 marian marie marika marilyn marina marine marine1 mariners marines marines1 marino
        marino13 mario marion mariposa marius marjorie marker markhegarty markiz marlboro marlene marley marshall
        martha martin martin1 martinez martini marvin maryjane masamune mason mason1 maste master master1 master12
        masterbaiting masterbating masterchief masturbation matador mathew matrix matteo matthew matthew1 matthews
        mattie mature maureen maurice maurolarastefy maverick max123 maxell maxim maxima maxime maximus maxine maxwell
        maxwell1 mayday mayhem mazafaka mazda mazda626 mazdarx7 mcdonald mclaren meatball meathead meatloaf mechanic
        medic medion medusa megadeth megaman megan megan1 megatron meister melanie melinda melissa melissa1 mellon
        mellow melvin memorex memphis menace meowmeow mephisto mercedes mercury meridian merlin merlin1 merlot mermaid
        mersedes messiah metallic metallica mevefalkcakk mexico miami michae michael michael1 michael2 michaeljackson
        micheal michele michelle michigan mickey mickey1 mickeymouse micro microlab micron microphone microsof
        microsoft midget midnight midway mighty miguel mihail mike1 mike123 mikey mikey1 milana milano mildred milena
        milkman miller miller1 mills millwall milton minecraft minecraft123 minime minnesotahp minnie mirage misfit
        misfit99 misfits mishka missy1 mister mistress misty1 mitchell mittens mnbvcxz modena molly1 mollydog moloko
        molson momoney monaco monalisa monarch monday mondeo money money1 moneyman moneys mongoose monica monitor monke
        monkey monkey1 monkey12 monkeybo monkeys monopoly monster monster1 montana montgom240 montgomery montreal
        monty1 moocow mookie moomoo moonbeam moondog moonlight moore moose moose1 morales mordor morgan morgan1
        morganstanley moritz morpheus morris mortalkombat mortgage mortimer moscow moskva mother mother1 motherlode
        motorola mountain mouse mouse1 mozart msorcloledbr mudvayne muffin mulder mullet multiplelo multiplelog
        munchkin muppet murphy murray musashi muscle muscles mushroom music1 musica musicman mustafa mustang mustang1
        mustang6 mustangs mustard mybaby myers mygirl mykids mylife mylove myname mystic naked namaste nancy nanook
        napoli napster naruto nascar nascar24 nasty nasty1 nastya natali natalie natasha nathan nathan1 nathaniel
        naughty nautilus ncc1701 ncc1701a ncc1701d ncc1701e ne1469 nebraska necromancer needforspeed nellie nelson
        nemesis nemvxyheqdd5oqxyxyzi neptune netscape networkingpe nevada nevergiveup nevermind neverwinter newbie
        newcastl newlife newport newproject2004 newyork newyork1 nextel nfnmzyf nfytxrf nhecsyfujkjdt nhfdvfnjkju123
        nhfycajhvths niang niceguy nicholas nichols nickel nicola nicole nicole1 nightcrawler nikita nikitos nikki1
        nikola nikolay nimbus nimrod niners ninja ninja1 ninjas nintendo nipper nipple nipples nirvana nirvana1 nissan
        nitram nitro nofear nokia nokia6233 nokia6300 nolimit nomore nondriversig noodle noodles nookie norma norman
        norwich nostromo novell ntktajy nudist nugget nuggets number1 nutmeg nuttertools nwo4life nygiants nyjets
        nylons nymets oakland oasis oatmeal obelix obiwan oblivion oceans ohyeah oicu812 oilers oksana olcrackmaster
        oldman olesya oliver oliver1 olivier olson omega omega1 omgkremidia onelove onetime onetwo onetwothree online
        onlyme ontheoutside openup operator optimus oracle orange orange1 oranges orchid orgasm orient orioles orion
        orion1 ortiz oscar oscar1 osiris othello ou812 ou8122 outkast outlaw overkill overlord owens oxford p0015123
        p030710pe4o pa55w0rd pa55word pacers packard packer packers packers1 pacman paddle padres paintbal paintball
        pakistan paladin pallmall palmer paloma pamela panama panasoni panasonic pancho panda pandemonium pandora
        pantera panther panther1 panthers panties pantyhos panzer paolo paradigm paradise paradox paraklast1974 parker
        parola parrot pascal pasword patches patric patricia patrick patrick1 patriot patriots patterson paula paulie
        pauline pavel pavilion pavlov payne pdtplf peach peaches peaches1 peanut peanutbutter peanuts pearl pearljam
        pebbles pecker pedro peekaboo peewee pegasus peggy pelican pencil penetrating penetration penguin penguin1
        penguins penny1 penthous pentium pepito pepper pepper1 pepsi pepsi1 perez perkins perry persik pervert peter
        peter1 peterpan peters peterson petrov peugeot phantom pharmacy pheonix philip philippe philips phillies
        phillip phillips philly phish phoeni phoenix phoenix1 photos phpbb phyllis pianoman picard piccolo pickle
        pickles pickup picturs pierce pigeon piggy piglet pikachu pillow pimpin pinball pineappl pineapple pingpong
        pinhead pinkfloy pinkfloyd pinky pioneer pipeline pippen pippo piramida pirate pirates pisces pissing pissoff
        pistol pistons pitbull pixies pizza pizza1 pizzas placebo planet plasma plastic platinum platypus playboy
        playboy1 player playstat playstation playstation2 playstation3 playtime plumber pluto plymouth pobeda poison
        poiuyt poiuytrewq pokemon pokemon1 polaris police polina polniypizdec0211 polniypizdec110211 polska pompey
        poncho pontiac poochie poodle poohbear pookie pool6123 poontang pooper poopie poopoo poopy pooter popcorn
        popeye popper poppy porkchop porsche porsche1 porsche9 porter portland portugal poseidon possum postal postman
        potato pothead powder powell power1 preacher precious predator prelude premium premiumcash presario presiden
        presto price primetime21 primus prince princes princess pringles printer prisonbreak prissy private privet
        prodigy prophet prowler proxy psycho ptybnxtvgbjy puddin pudding puffin puffy pufunga7782 pulsar pumpkin
        pumpkin1 pumpkins punisher punkin punkrock punksnotdead puppies puppy pupsik purdue purple pussey pussie
        pussies putter pyramid python q12345 q123456 q1234567890 q1q2q3 q1w2e3 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6
        q1w2e3r4t5y6u7 q1w2e3r4t5y6u7i8 q1w2e3r4t5y6u7i8o9p0 q2w3e4r5 qawsed qawsedrf qawsedrftgyh qaz123 qaz123wsx456
        qazqaz qazws qazwsx qazwsx1 qazwsx12 qazwsx123 qazwsx12345 qazwsxed qazwsxedc qazwsxedc12 qazwsxedc123
        qazwsxedcrfv qazwsxedcrfvtgb qazxsw qazxswedc qazxswedc123 qazxswedcvfr qazzaq qiang qiong qq123456789 qqq111
        qqqqq1 quantum quartz quattro queenas8151 queens quest quicksilver qwaszx qwaszxerdfcv qwe123 qwe123qwe qweasd
        qweasd123 qweasdzxc qweasdzxc123 qweqwe qwer12 qwer123 qwer1234 qwerasdf qwerasdfzxcv qwert qwert1 qwert123
        qwert12345 qwertasdfgzxcvb qwerty qwerty1 qwerty11 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456
        qwerty123456789 qwerty7 qwertyasdfgh qwertyu qwertyui qwertyuio qwertyuiop qwertyuiop1 qwertyuiop10
        qwertyuiop12 qwertyuiop123 qwertyuiop12345 qwertyytrewq qwertz r2d2c3po rabbit rabota racecar racer racerx
        rachel rachel1 racing radiohea radiohead rafael ragnarok raider raiders raiders1 rainbow rainbow1 rainbow6
        rainman raistlin ralph rambler rambo ramirez rammstein ramon ramones ramos ramrod ramses rancid randall random
        randy ranger ranger1 rangers rangers1 raptor rascal rasdzv3 rasputin rasta rastaman raven raven1 ravens raymond
        rbhbkk rctybz reader realmadrid reaper rebecca rebecca1 rebel rebel1 rebels reckless red123 redalert redbaron
        redbird redbull reddevil reddog reddwarf redeye redfish redfox redhead redhot redline redman redneck redrose
        redrum redskins redsox redsox1 redwing redwings redwood reebok reefer reflex regina reginald reload renault
        renee renegade rereirf rescue residentevil retard revolver reyes reynolds rfgecnfcerf rfhbyf rfkmrekznjh
        rfnthbyf rfnthbyf1988 rfrfirf rfrnec rhbcnbyf rhbcnbyjxrf rhfcjnrf rhino rhjrjlbk rhonda rhtdtlrj ricardo
        richard richard1 richards richardson ricky rightnow riley ripken ripper ripple rivera rjhjktdf rjirfrgbde
        rjntyjr rjycnbnewbz rjycnfynby roadkill roadking roadrunn roadster rober robert robert1 roberta roberto roberts
        robertson robin robinson robot robotech robotics rocker rocket rockets rockford rockhard rockies rockon rocks
        rockstar rocky1 rodman rodney rodriguez roger rogers roland roller rolltide romans romashka rommel ronald
        ronaldo ronnie rookie rooster rootbeer rosebud rosemary rotten route66 rover rovers royals rtyuehe rubber
        rubble ruben rulez rulezzz runescape runner rush2112 ruslan russell russia rustam rusty1 sabbath sabine sabres
        sadie1 safari sahara sailboat sailing sailor saints sairam saiyan sakura salamander salasana saleen sally
        sally1 salmon salomon salsero sam123 samantha samiam sammy1 samson samsun samsung samsung1 samtron samuel
        samurai sanchez sancho sanders sandiego sandman sandra sandro sandy1 sanfran sanfrancisco sanity santafe sapper
        sapphire sarah sarah1 saratoga sascha sasha1 sasuke satan satan666 satana sataniv1993 saturn saun24865709
        sauron sausage sausages sayang scania scanner scarface scarlet schalke schmidt schoolgirlie scooby scoobydo
        scoobydoo scooter scooter1 scorpio scorpio1 scorpion scotch scotland scott scott1 scotty scout scrabble scrappy
        scream scruffy scuba scully seadoo seagull seahawks seamus searay seattle sebastia secret secret1 security
        seeker seemnemaailm seinfeld sekret select seminole semperfi senators sensei sentinel septembe serega
        serendipity serenity sergei sergey sergi sersolution server sesame seven7 severin shado shadow shadow1 shaggy
        shalom shaman shamrock shane shaney14 shang shania shannon shannon1 shaolin shark sharks sharky sharon shasta
        shaved shawn shazam sheba1 sheila shelby shemale sheng sherlock sherry shiloh shiner shinobi shirley shocker
        shogun shooter shorty shotgun showme showtime shuai shuang shutup sidekick siemens sierra sigma silver silver1
        silverad simba simba1 simmons simon1 simple simpson simpsons sinatra sinbad sinister sinned sinner sirius sissy
        sithlord sixers skate skater skeeter skidoo skiing skinny skipper skippy skittles skorpion skydive skyhawk
        skylar skyler skyline skywalke skywalker slacker slamdunk slapper slappy slapshot slave slave1 slavik slayer
        slayer1 sleeper sleepy slick slick1 slider slinky slipknot slipknot666 slippery slowhand smashing smeghead
        smegma smelly smiles smiley smirnoff smith smiths smitty smoke smoke1 smoker smokes smokey smokey1 smokie
        smokin smooth smudge snake snake1 snakes snapon snapper snapple snappy snatch sneakers sneaky snickers sniper
        snooker snoop snoopdog snoopy snoopy1 snowball snowboar snowboard snowflak snowman snuffy snuggles snyder
        sobaka soccer soccer1 soccer12 socrates softail softball software sojdlg123aljg soldier soleil solitude solnce
        sommer sonic sonics sonnenschein sonoma sonyericsson sooners sophi sophie soprano soso123aljg soulmate southpar
        southpark sowhat spaceman spank spanking spankme spanky sparkle sparky sparky1 sparta spartak spartak1922
        spartan spartans spawn speaker specialinsta specialk spectre spectrum speedo speedy spencer spencer1 sphinx
        spice spider spider1 spiderma spiderman spidey spike spike1 spiker spikes spinner spirit spitfire splash
        splinter spock sponge spongebo spongebob spooky sporty spotty spring sprint sprite spunky spurs spurs1 sputnik
        spyder squall squash squirrel squirt srinivas stacey stacy stalin stalker stallion stanislav stanley star69
        starbuck starcraf starcraft stardust starfire starfish stargate starligh starman starship starter startrek
        starwars stasik static stealth steamforums steeler steelers stefano steffi stella stepan steph stephani
        stephanie stephen stephen1 stephens stereo sterlin steve steve1 steven stevens stewart stickdaddy77 sticks
        sticky stiffy stimpy sting stinger stingray stinky stinkyfinger stocking stocks stone stone55 stonecol
        stonecold stoned stones stoney storm storm1 stormy stranger stratocaster stratus strawberry strider strike
        striker stripper stroker stubby studioworks studly stumpy stunner stupid stylus subaru sublime submit subway
        subzero success sugar sugar1 sullivan sultan summer summer1 summer99 summit sundance sunday sundaypunch
        sundevil sunfire sunflowe sunflower sunny1 sunnyday sunrise sunset sunshin sunshine super super1 super12
        super123 superb superfly superma superman superman1 superman123 supermanboy supersta superstar surfer surfing
        survivor susan sushi suzanne suzuki sveta svetik svetlana svoboda swallow sweet1 sweetnes sweetpea sweets
        sweety swimmer swimming swinger swingers sword swordfis swordfish swords sydney sylvia syncmaster syracuse
        systemofadown syzygy t34vfrc1991 tacobell tacoma tadmichaels talisman talon tamara tammy tango tanker tanya
        tardis target tarheel tarheels tarzan tasty tatarin tattoo tatyana taurus taxman taylor taylor1 tazman tazmania
        tbone tdutybq tdutybz teacher technics techno teddy1 teddybea teddybear teens tekken telefon telephon temp123
        tempest templar tennis tequila teresa terminat terminator terrapin terri terror terry test1 test123 test1234
        tester testing testing1 texas1 thailand thanatos thankyou theboss thecakeisalie thecat thedog thedoors thedude
        theend thegame thegreat thekid theking thelma theman theodore theone theresa therock thesims thirteen thisisit
        thoma thomas thomas1 thompson thong thongs threesom thuglife thumbs thumper thunder thunder1 thunderb
        thunderbird thx1138 tiberius tiburon ticketmaster tickle tiffany tiffany1 tiger tiger1 tiger123 tiger2 tigers
        tigers1 tigger tigger1 tigger2 tights timber timothy tinker tinkerbe tinkerbell tinman tintin tipper titan
        titanic titanium titans titleist titten titties titty tkbpfdtnf toaster toejam toffee tolkien tomato tomcat
        tommy tommy1 tommyboy tonya toolman tootie tootsie topcat topdog topgun topher topper tornado toronto torres
        toshiba tottenha tottenham toyota tracker tractor tracy trader trainer trance tranny transam translator trapper
        travel traveler travis treasure trebor trfnthbyf triangle tricky trident trigger trinity tripod tripper triton
        triumph trixie trojan trojans troll trombone trooper trouble trouble1 truck trucker trucks truelove trumpet
        trunks trustno1 tsunami tucker tuesday tulips tunafish tundra tuning tupacshakur turbo turbo1 turkey turkey50
        turner turtle tweety twilight twinkle twisted twister tyler tyler1 typhoon tyrone ublhjgjybrf ufhhbgjnnth
        ufkbyf ujkjdjkjvrf ultima ultimate ultra umbrella undead underdog undertak undertaker unicorn unreal upyours
        uranus usa123 usarmy username usnavy utopia vacation vader vader1 vadim vagina valentin valentina valera
        valerie valhalla valkyrie vampire vanessa vanguard vanhalen vanilla vanyarespekt varvara vasilisa vasquez
        vector vectra vedder vegeta velvet venera venom121293 verbatim veritas verizon vermont vernon veronica veronika
        versace vertigo verygoodbot vette vfczyz vfhbyf vfhbyfvfhbyf vfhecz vfhufhbnf vfibyf vfitymrf vfksirf vfrcbv
        vfrcbvrf vfrcbvvfrcbv vfvekz vfvfgfgf vfvfgfgf123 vfvfvskfhfve vfvjxrf vh5150 viagra vicki vickie victor
        victoria victory viewsonic viking vikings vikings1 viktor viktoria viktoriya vincent vintage viola violetta
        violin viper viper1 vipers virgin virginia vision vitalik vivian vjcrdf vkontakte vladik vladimir vladimirovna
        vladislav volcom volkswag volley volvo voodoo vortex voyager voyeur vsegda vsjasnel12 vulcan waffle wagner
        walker wallace walleye walmart walnut walrus walter wanda wanderer wanker wapbbs warcraft wareagle warhammer
        warhammer40k warlock warlord warren warrior warrior1 warriors warthog wasabi washingt washington watcher water1
        waterloo watkins watson wayne wazzkaprivet wcrfxtvgbjy weasel weaver webhompas webmaste webmaster websolutions
        websolutionssu webuivalidat weezer weihnachten weihnachtsbau weihnachtsbaum welcom welcome welcome1 welder
        wells wendy werder werewolf wesley westham westside westwood wethepeople wg8e3wjf whatever whatsup whatthehell
        wheeler wheels whiskers whiskey whisky whisper white white1 whiteout whitesox whitey whocares whosyourdaddy
        whynot wibble wicked wifey wildbill wildcard wildcat wildcats wildfire wildman william william1 williams
        williamson willie willis willow wilma wilson windmill windows windsor windsurf wingman winner winner1
        winnipeg261 winston winston1 winter wisdom wishbone wizard wolf359 wolfgang wolfie wolfman wolfpack wolverin
        wolverine wolves wombat wonderwoman woodie woodland woods woody woody1 woofer woofwoof woohoo wookie wraith
        wrangler wrench wrestle wrestlin wright wrinkle1 writerspace wutang xanadu xavier xbox360 xerxes xfiles xiang
        xpressmusic xtreme xyz123 yamaha yankee yankees yankees1 yankees2 ybrbnf ybrjkfq yeahbaby yellow yfcntymrf
        yfnfif yfnfkb yfnfkmz yjdsqgfhjkm yogibear yolanda yomama yosemite young yourmom ytrewq yugioh yummy yvonne
        yzerman z1x2c3 z1x2c3v4 z1x2c3v4b5n6m7 zachary zachary1 zalupa zanzibar zaphod zappa zaq123 zaq12wsx zaq1xsw2
        zaq1xsw2cde3 zaqwsx zaqwsxcderfv zaqxsw zaqxswcde zaraza zcfvfzkexifz zcxfcnkbdfz zebra zenith zephyr zeppelin
        zerocool zheng zhjckfd zhong zhuai zhuang zidane ziggy zigzag zildjian zipper zippy zodiac zombie zorro
        zqjphsyf6ctifgu zvezda zx123456789 zxasqw12 zxc123 zxcasd zxcasdqwe zxcasdqwe123 zxcv1234 zxcvbn zxcvbn123456
        zxcvbnm zxcvbnm1 zxcvbnm123 zxcvbnm123456789
        """
}
