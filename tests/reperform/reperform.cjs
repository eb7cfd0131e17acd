// Decides every decision of a pack again: `node reperform.cjs PACK`. Written from docs/format.md section 10 alone.
// Prints one JSON object; exit code 1 if anything differs from what the pack says.
const { createHash } = require("node:crypto");
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const cedar = require("@cedar-policy/cedar-wasm/nodejs");

const pack = process.argv[2];
const rulesOf = (folder) => readdirSync(join(folder, "rules")).filter((name) => name.endsWith(".cedar"));
const CODES = { management: "Management", payee_state: "PayeeState", service: "Service", service_kind: "ServiceKind" };
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

function bundleOf(hash) {
    const folder = join(pack, "bundles", hash);
    const names = ["limits", "rules"].flatMap((part) => readdirSync(join(folder, part)).map((name) => `${part}/${name}`));
    const listed = [...names, "services.json"].sort();
    const listing = listed.map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`).join("");
    if (sha256(listing) !== hash) throw new Error(`the files of bundle ${hash} have another hash`);
    const policies = {}, effects = {};
    for (const file of rulesOf(folder)) {
        const text = readFileSync(join(folder, "rules", file), "utf8");
        for (const policy of cedar.policySetTextToParts(text).policies) {
            const said = cedar.policyToJson(policy).json.annotations;
            policies[said.id] = policy;
            effects[said.id] = said.effect;
        }
    }
    const schema = readFileSync(join(folder, "rules", "phb.cedarschema"), "utf8");
    cedar.preparsePolicySet(hash, { staticPolicies: policies });
    cedar.preparseSchema(hash, schema);
    return effects;
}

function decide(decision, effects) {
    const { act, money_gone, ...facts } = JSON.parse(decision.facts);
    const attrs = Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [name, name in CODES ? { type: CODES[name], id: value } : value]),
    );
    const principal = { type: "Gate", id: "phb" }, resource = { type: decision.sheet, id: "sheet" };
    const answer = cedar.statefulIsAuthorized({
        principal, resource, action: { type: "Action", id: act }, context: {}, validateRequest: true,
        preparsedSchemaName: decision.bundle, preparsedPolicySetId: decision.bundle,
        entities: [{ uid: principal, attrs: {}, parents: [] }, { uid: resource, attrs, parents: [] }],
    });
    if (answer.type !== "success" || answer.response.diagnostics.errors.length) throw new Error(JSON.stringify(answer));
    const gone = money_gone === true;
    const said = answer.response.diagnostics.reason.filter((id) => id !== "permit").map((id) => {
        const effect = gone && effects[id] === "deny" ? "refer" : effects[id];
        return { rule: id, effect };
    });
    const findings = said.filter((each) => each.effect !== "review");
    const worst = ["deny", "refer"].find((effect) => findings.some((each) => each.effect === effect));
    return { verdict: worst ?? "allow", findings, reviews: said.filter((each) => each.effect === "review") };
}

const plain = (said) => said.map((each) => `${each.rule}:${each.effect}`).sort().join(" ");
const bundles = new Map(), different = [];
let decided = 0;
for (const text of readFileSync(join(pack, "decisions.jsonl"), "utf8").split("\n").filter(Boolean)) {
    const decision = JSON.parse(text);
    const content = Buffer.from(decision.content, "base64");
    const isOfLog = sha256(Buffer.from(decision.salt, "hex"), content) === decision.line.split("|")[16]
        && JSON.parse(content.toString("utf8")).facts === decision.facts;
    if (!bundles.has(decision.bundle)) bundles.set(decision.bundle, bundleOf(decision.bundle));
    const again = decide(decision, bundles.get(decision.bundle));
    const same = again.verdict === decision.verdict && plain(again.findings) === plain(decision.findings)
        && plain(again.reviews) === plain(decision.reviews);
    if (!same || !isOfLog) different.push(decision.number);
    decided += 1;
}
console.log(JSON.stringify({ decided, different, cedar: cedar.getCedarVersion() }));
process.exit(different.length ? 1 : 0);
