#pragma warning disable IDE1006 // the generator's names
using Avro;
using Avro.Specific;

namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>The payment event as Avro's code generator makes it.</summary>
public sealed class PaymentRecord : ISpecificRecord
{
    public static readonly Schema _SCHEMA = Schema.Parse(SchemaText);

    internal const string SchemaText = """
        {"type":"record","name":"PaymentRecord","namespace":"KafkaDatasets.Benchmarks.Topics.Events","fields":[
          {"name":"id","type":"string"},{"name":"merchant","type":"string"},{"name":"note","type":["null","string"]},
          {"name":"currency","type":{"type":"enum","name":"PaymentCurrency","symbols":["EUR","USD","GBP","JPY"]}},
          {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
          {"name":"amount","type":"double"},{"name":"fee","type":["null","double"]},{"name":"installments","type":["null","int"]},
          {"name":"customer","type":"long"},{"name":"items","type":"int"},{"name":"age","type":"int"},
          {"name":"score","type":"float"},{"name":"risk","type":"float"},{"name":"distance","type":"double"},
          {"name":"online","type":"boolean"},{"name":"fraud","type":"boolean"}]}
        """;

    public Schema Schema => _SCHEMA;

    public string id { get; set; } = "";

    public string merchant { get; set; } = "";

    public string? note { get; set; }

    public PaymentCurrency currency { get; set; }

    public DateTime at { get; set; }

    public double amount { get; set; }

    public double? fee { get; set; }

    public int? installments { get; set; }

    public long customer { get; set; }

    public int items { get; set; }

    public int age { get; set; }

    public float score { get; set; }

    public float risk { get; set; }

    public double distance { get; set; }

    public bool online { get; set; }

    public bool fraud { get; set; }

    public object? Get(int fieldPos) => fieldPos switch
    {
        0 => id,
        1 => merchant,
        2 => note,
        3 => currency,
        4 => at,
        5 => amount,
        6 => fee,
        7 => installments,
        8 => customer,
        9 => items,
        10 => age,
        11 => score,
        12 => risk,
        13 => distance,
        14 => online,
        15 => fraud,
        _ => throw new AvroRuntimeException($"Bad index {fieldPos} in Get()"),
    };

    public void Put(int fieldPos, object? fieldValue)
    {
        switch (fieldPos)
        {
            case 0: id = (string)fieldValue!; break;
            case 1: merchant = (string)fieldValue!; break;
            case 2: note = (string?)fieldValue; break;
            case 3: currency = (PaymentCurrency)fieldValue!; break;
            case 4: at = (DateTime)fieldValue!; break;
            case 5: amount = (double)fieldValue!; break;
            case 6: fee = (double?)fieldValue; break;
            case 7: installments = (int?)fieldValue; break;
            case 8: customer = (long)fieldValue!; break;
            case 9: items = (int)fieldValue!; break;
            case 10: age = (int)fieldValue!; break;
            case 11: score = (float)fieldValue!; break;
            case 12: risk = (float)fieldValue!; break;
            case 13: distance = (double)fieldValue!; break;
            case 14: online = (bool)fieldValue!; break;
            case 15: fraud = (bool)fieldValue!; break;
            default: throw new AvroRuntimeException($"Bad index {fieldPos} in Put()");
        }
    }
}
