using System.Text;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Schemas;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Json;

public sealed class JsonFuzzTests
{
    private static readonly byte[][] Splices =
        [.. ((string[])["{", "}", "[", "]", "{\"m1\":", "null", "\"", "\\u", "\\ud800", "1e999", "-0", "99999999999999999999", ",", ":", "true", " ", "\"m1\":null,", "//", "NaN"]).Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation() => Fuzz.RunAsync(
        seed =>
        {
            var json = new RandomJson(seed);
            return (new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, json.Schema), WantedColumns.None), [.. Enumerable.Range(0, 4).Select(_ => Encoding.UTF8.GetBytes(json.Next().Text))]);
        },
        Splices);
}
