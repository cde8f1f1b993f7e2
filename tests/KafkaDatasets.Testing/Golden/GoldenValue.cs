using System.Globalization;
using System.Text.Json;
using Xunit;

namespace KafkaDatasets.Testing.Golden;

/// <summary>Compares scalars with what a vector expects.</summary>
internal static class GoldenValue
{
    /// <summary>The expected value of a field by its path with dots; JSON's null where a record on the way is null or not there; of a list of records one value for each.</summary>
    public static JsonElement At(JsonElement record, string path)
    {
        JsonElement value = record;
        string[] names = path.Split('.');
        for (int i = 0; i < names.Length; i++)
        {
            if (value.ValueKind == JsonValueKind.Array)
            {
                string rest = string.Join('.', names[i..]);
                return JsonSerializer.SerializeToElement(value.EnumerateArray().Select(item => At(item, rest)));
            }

            if (value.ValueKind == JsonValueKind.Null || !value.TryGetProperty(names[i], out value))
            {
                return JsonSerializer.SerializeToElement<object?>(null);
            }
        }

        return value;
    }

    /// <summary>Asserts that a scalar is the expected one: floating point by its bits, a missing one as NaN, missing text as empty or null, anything else missing as null.</summary>
    public static void AssertEqual(JsonElement expected, object? actual, string where)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            Assert.True(actual is null or float.NaN or double.NaN or "", $"{where}: expected a missing value, got {actual}");
            return;
        }

        if (actual is byte[] bytes && expected.ValueKind == JsonValueKind.String)
        {
            Assert.Equal(expected.GetBytesFromBase64(), bytes);
            return;
        }

        if (actual is Array items)
        {
            Assert.Equal(expected.GetArrayLength(), items.Length);
            for (int i = 0; i < items.Length; i++)
            {
                AssertEqual(expected[i], items.GetValue(i), $"{where} [{i}]");
            }

            return;
        }

        object wanted = actual switch
        {
            bool => expected.GetBoolean(),
            int => expected.GetInt32(),
            uint => expected.GetUInt32(),
            long => Int64(expected),
            ulong => ulong.Parse(expected.GetString()!, CultureInfo.InvariantCulture), // as Protobuf's JSON has it
            DateTimeOffset => DateTimeOffset.Parse(expected.GetString()!, CultureInfo.InvariantCulture),
            float => (float)FloatingPoint(expected),
            double => FloatingPoint(expected),
            string when expected.ValueKind == JsonValueKind.Object => expected.GetProperty("uuid").GetString()!,
            string => expected.GetString()!,
            _ => throw new ArgumentException($"{where}: {actual ?? "null"} is no scalar, expected {expected}", nameof(actual)),
        };
        Assert.True(Bits(wanted).Equals(Bits(actual)), $"{where}: expected {wanted}, got {actual}");
    }

    /// <summary>The expected element of a tensor; NaN where the value is missing.</summary>
    public static float ToTensor(JsonElement expected, ColumnType type) => (expected.ValueKind, type) switch
    {
        (JsonValueKind.Null, _) => float.NaN,
        (_, ColumnType.Int64) => Int64(expected),
        (_, ColumnType.UInt64) => ulong.Parse(expected.GetString()!, CultureInfo.InvariantCulture),
        _ => (float)FloatingPoint(expected),
    };

    private static long Int64(JsonElement expected) =>
        expected.ValueKind == JsonValueKind.String ? long.Parse(expected.GetString()!, CultureInfo.InvariantCulture) : expected.GetInt64();

    private static double FloatingPoint(JsonElement expected) => expected.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Number => expected.GetDouble(),
        _ => expected.GetProperty("float").GetString() switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            var other => throw new FormatException($"'{other}' is no floating-point number."),
        },
    };

    private static object Bits(object value) => value switch
    {
        float.NaN or double.NaN => "NaN",
        float f => BitConverter.SingleToUInt32Bits(f),
        double d => BitConverter.DoubleToUInt64Bits(d),
        _ => value,
    };
}
