using System.Reflection;
using System.Runtime.Serialization;
using Avro;

namespace KafkaDatasets.Writing;

/// <summary>The ordinals of an Avro enum's symbols, by text and by a .NET enumeration's values.</summary>
internal sealed class SymbolOrdinals(EnumSchema schema, string field)
{
    private readonly Dictionary<string, int> _ordinals = schema.Symbols.Select((symbol, i) => (symbol, i)).ToDictionary(s => s.symbol, s => s.i, StringComparer.Ordinal);

    public int OfText(ReadOnlyMemory<char> text)
        => _ordinals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text.Span, out int ordinal) ? ordinal : throw NoSymbol(text.ToString());

    public int OfString(string text) => _ordinals.TryGetValue(text, out int ordinal) ? ordinal : throw NoSymbol(text);

    public Func<TEnum, int> Of<TEnum>()
        where TEnum : struct, Enum
    {
        var ordinals = new Dictionary<TEnum, int>();
        foreach (TEnum value in Enum.GetValues<TEnum>())
        {
            string symbol = Symbol(typeof(TEnum), value.ToString());
            if (!ordinals.ContainsKey(value))
            {
                ordinals[value] = OfString(symbol);
            }
        }

        return value => ordinals.TryGetValue(value, out int ordinal) ? ordinal : throw NoSymbol(value.ToString());
    }

    /// <summary>The symbol of an enumeration's member: its name, or that of its <see cref="EnumMemberAttribute"/>.</summary>
    public static string Symbol(Type enumeration, string member)
        => enumeration.GetField(member)?.GetCustomAttribute<EnumMemberAttribute>()?.Value ?? member;

    private SchemaException NoSymbol(string value)
        => new($"Field '{field}': '{value}' is not a symbol of the Avro enum {schema.Fullname} ({string.Join(", ", schema.Symbols)}).") { Field = field };
}
