import { randomInt } from "node:crypto";
import { z } from "zod";
import { keepers, randomKind } from "./random-kind";

const adverbs = words(
  "boldly calmly closely dearly early easily fairly freely gently gladly hugely keenly kindly lately mainly neatly nicely openly partly purely quietly rarely really richly safely simply slowly softly solely surely truly warmly widely wisely",
);
const adjectives = words(
  "able agile amber brave brisk calm clever cosmic crisp eager early fair fond frank fresh gentle glad golden grand happy honest humble jolly keen kind late lively loyal mellow merry modest neat noble polite proud quick quiet rapid ready serene sharp shiny steady sunny tidy vivid warm wise witty young",
);
const animals = words(
  "adder badger beaver bison buzzard camel cheetah cicada condor coyote crane cricket deer dingo dolphin eagle egret falcon ferret finch fox gecko gibbon goose heron hornet husky ibex iguana jackal jaguar kestrel koala lark lemur lizard llama lynx magpie marmot marten mole moose newt ocelot osprey otter owl panda parrot pelican puffin quail rabbit raven robin salmon seal shrew sparrow stoat stork swan tapir tern toad trout turtle viper walrus weasel wombat wren yak zebra",
);

export const randomPet = randomKind({
  type: "random:index/randomPet:RandomPet",
  inputs: z.strictObject({
    length: z.number().int().min(1),
    separator: z.string(),
    prefix: z.string().optional(),
    keepers,
  }),
  defaults: { length: 2, separator: "-" },
  identify({ length, separator, prefix }) {
    // One word is an animal, two add an adjective, further ones are adverbs before them.
    const name = Array.from({ length: length - 2 }, () => pick(adverbs));
    if (length > 1) name.push(pick(adjectives));
    return [...(prefix ? [prefix] : []), ...name, pick(animals)].join(separator);
  },
  outputs: () => ({}),
});

function words(list: string): readonly string[] {
  return list.split(" ");
}

function pick(list: readonly string[]): string {
  return list[randomInt(list.length)] ?? "";
}
