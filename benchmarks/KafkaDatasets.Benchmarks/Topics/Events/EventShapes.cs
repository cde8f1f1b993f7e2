namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>The kinds of events.</summary>
internal static class EventShapes
{
    private static readonly string[] WideNames = [.. Enumerable.Range(0, 200).Select(i => $"n{i}")];

    private static readonly string[] TextNames = ["id", "author", "email", "city", "country", "title", "body", "link"];

    /// <summary>The event that figures are compared by.</summary>
    public static EventShape Payment { get; } = new PaymentShape
    {
        Name = "event",
        Description = "A payment event of 16 fields: three texts of which one may be missing, an enum, a timestamp, two numbers that may be missing, a long, ints, floats, doubles, Booleans",
        AvroSchema = PaymentRecord.SchemaText,
        JsonSchema = """
            {"title":"Payment","type":"object","required":["id","merchant","currency","at","amount","customer","items","age","score","risk","distance","online","fraud"],"properties":{
              "id":{"type":"string"},"merchant":{"type":"string"},"note":{"type":["null","string"]},"currency":{"enum":["EUR","USD","GBP","JPY"]},"at":{"type":"string","format":"date-time"},
              "amount":{"type":"number"},"fee":{"type":["null","number"]},"installments":{"type":["null","integer"]},"customer":{"type":"integer"},"items":{"type":"integer","format":"int32"},"age":{"type":"integer","format":"int32"},
              "score":{"type":"number","format":"float"},"risk":{"type":"number","format":"float"},"distance":{"type":"number"},"online":{"type":"boolean"},"fraud":{"type":"boolean"}}}
            """,
        Label = "fraud",
        Features = ["amount", "fee", "installments", "customer", "items", "age", "score", "risk", "distance", "online"],
        Columns = ["id", "merchant", "note"],
        Create = Events.Payment.Of,
        TypeInfo = EventJson.Default.Payment,
        FirstOf = p => p.Amount,
        FirstOfMessage = p => p.Amount,
        TextsOf = p => [p.Id, p.Merchant, p.Note],
    };

    /// <summary>200 numbers that may be missing.</summary>
    public static EventShape Wide { get; } = new TypedShape<Measurements, Wire.Measurements>
    {
        Name = "wide",
        Description = "200 numbers that may be missing, doubles and longs by turns",
        AvroSchema = AvroSchemaOf("Measurements", WideNames, i => i % 2 == 0 ? """["null","double"]""" : """["null","long"]"""),
        JsonSchema = JsonSchemaOf("Measurements", WideNames, isRequired: false, i => i % 2 == 0 ? """["null","number"]""" : """["null","integer"]"""),
        Features = WideNames,
        Create = CreateWide,
        TypeInfo = EventJson.Default.Measurements,
        FirstOf = m => m.N0!.Value,
        FirstOfMessage = m => m.N0,
    };

    /// <summary>Nested records and lists.</summary>
    public static EventShape Nested { get; } = new TypedShape<Order, Wire.Order>
    {
        Name = "nested",
        Description = "Orders: nested records, a list of records and a list of floats; tensors read the numbers of the records, a cursor also the lists",
        AvroSchema = """
            {"type":"record","name":"Order","fields":[
              {"name":"id","type":"string"},
              {"name":"customer","type":{"type":"record","name":"Customer","fields":[
                {"name":"number","type":"long"},{"name":"age","type":"int"},{"name":"score","type":"double"},
                {"name":"address","type":{"type":"record","name":"Address","fields":[{"name":"country","type":"string"},{"name":"latitude","type":"double"},{"name":"longitude","type":"double"}]}}]}},
              {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"article","type":"string"},{"name":"quantity","type":"int"},{"name":"price","type":"double"}]}}},
              {"name":"ratings","type":{"type":"array","items":"float"}},
              {"name":"total","type":"double"},{"name":"returned","type":"boolean"}]}
            """,
        JsonSchema = """
            {"title":"Order","type":"object","required":["id","customer","lines","ratings","total","returned"],"properties":{
              "id":{"type":"string"},
              "customer":{"type":"object","required":["number","age","score","address"],"properties":{
                "number":{"type":"integer"},"age":{"type":"integer","format":"int32"},"score":{"type":"number"},
                "address":{"type":"object","required":["country","latitude","longitude"],"properties":{"country":{"type":"string"},"latitude":{"type":"number"},"longitude":{"type":"number"}}}}},
              "lines":{"type":"array","items":{"type":"object","required":["article","quantity","price"],"properties":{"article":{"type":"string"},"quantity":{"type":"integer","format":"int32"},"price":{"type":"number"}}}},
              "ratings":{"type":"array","items":{"type":"number","format":"float"}},
              "total":{"type":"number"},"returned":{"type":"boolean"}}}
            """,
        Label = "returned",
        Features = ["total", "customer.number", "customer.age", "customer.score", "customer.address.latitude", "customer.address.longitude"],
        Columns = ["lines.quantity", "lines.price", "ratings"],
        Create = Order.Of,
        TypeInfo = EventJson.Default.Order,
        FirstOf = o => o.Total,
        FirstOfMessage = o => o.Total,
    };

    /// <summary>Texts only.</summary>
    public static EventShape Texts { get; } = new TypedShape<Post, Wire.Post>
    {
        Name = "texts",
        Description = "Eight texts, which a cursor reads",
        AvroSchema = AvroSchemaOf("Post", TextNames, _ => "\"string\""),
        JsonSchema = JsonSchemaOf("Post", TextNames, isRequired: true, _ => "\"string\""),
        Features = [],
        Columns = TextNames,
        Create = Post.Of,
        TypeInfo = EventJson.Default.Post,
        FirstOf = p => p.Id.Length,
        FirstOfMessage = p => p.Id.Length,
        TextsOf = p => [p.Id, p.Author, p.Email, p.City, p.Country, p.Title, p.Body, p.Link],
    };

    public static IReadOnlyList<EventShape> All { get; } = [Payment, Wide, Nested, Texts];

    public static EventShape Of(string name) => All.Single(s => s.Name == name);

    private static string AvroSchemaOf(string name, IEnumerable<string> fields, Func<int, string> type) =>
        $$"""{"type":"record","name":"{{name}}","fields":[{{string.Join(',', fields.Select((f, i) => $"{{\"name\":\"{f}\",\"type\":{type(i)}}}"))}}]}""";

    private static string JsonSchemaOf(string title, IReadOnlyList<string> members, bool isRequired, Func<int, string> type)
    {
        string properties = string.Join(',', members.Select((m, i) => $"\"{m}\":{{\"type\":{type(i)}}}"));
        string required = isRequired ? $"\"required\":[{string.Join(',', members.Select(m => $"\"{m}\""))}]," : "";
        return $"{{\"title\":\"{title}\",\"type\":\"object\",{required}\"properties\":{{{properties}}}}}";
    }

    private static Measurements CreateWide(int row)
    {
        var random = new Random(row);
        string json = string.Join(',', WideNames.Select((name, i) =>
        {
            // The first is added up, so it must not be missing.
            string value = random.Next(10) == 0 && i > 0 ? "null" : i % 2 == 0 ? random.NextDouble().ToString("R", System.Globalization.CultureInfo.InvariantCulture) : $"{random.Next(1000)}";
            return $"\"{name}\":{value}";
        }));
        return System.Text.Json.JsonSerializer.Deserialize($"{{{json}}}", EventJson.Default.Measurements)!;
    }
}
