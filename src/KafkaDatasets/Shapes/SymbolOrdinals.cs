using System.Reflection;
using System.Runtime.Serialization;
using Google.Protobuf.Reflection;

namespace KafkaDatasets.Shapes;

/// <summary>Maps texts, or the values of a .NET enumeration, to the ordinals of an enum's symbols.</summary>
internal sealed class SymbolOrdinals(EnumType type, string path)
{
    private readonly Dictionary<string, int> _ordinals = type.Symbols.Select((symbol, i) => (symbol, i)).ToDictionary(s => s.symbol, s => s.i, StringComparer.Ordinal);

    /// <summary>A function from values of a type to ordinals; null if the type is neither text nor an enumeration.</summary>
    public Func<TValue, int>? Of<TValue>()
        => typeof(TValue) == typeof(string) ? (Func<TValue, int>)(object)(Func<string, int>)OfString
            : typeof(TValue) == typeof(ReadOnlyMemory<char>) ? (Func<TValue, int>)(object)(Func<ReadOnlyMemory<char>, int>)OfText
            : typeof(TValue).IsEnum ? (Func<TValue, int>)typeof(SymbolOrdinals).GetMethod(nameof(OfEnum), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(typeof(TValue)).Invoke(this, BindingFlags.DoNotWrapExceptions, null, null, null)!
            : null;

    /// <summary>The symbol of an enumeration's member: its name, the name in its <see cref="EnumMemberAttribute"/>, or the name in the Protobuf schema that it was generated from.</summary>
    public static string Symbol(Type enumeration, string member)
    {
        FieldInfo? field = enumeration.GetField(member);
        return field?.GetCustomAttribute<EnumMemberAttribute>()?.Value ?? field?.GetCustomAttribute<OriginalNameAttribute>()?.Name ?? member;
    }

    private int OfText(ReadOnlyMemory<char> text)
        => _ordinals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text.Span, out int ordinal) ? ordinal : throw NoSymbol(text.ToString());

    private int OfString(string text) => _ordinals.TryGetValue(text, out int ordinal) ? ordinal : throw NoSymbol(text);

    private Func<TEnum, int> OfEnum<TEnum>()
        where TEnum : notnull
    {
        var ordinals = new Dictionary<TEnum, int>();
        foreach (TEnum value in Enum.GetValues(typeof(TEnum)))
        {
            ordinals.TryAdd(value, OfString(Symbol(typeof(TEnum), value.ToString()!)));
        }

        return value => ordinals.TryGetValue(value, out int ordinal) ? ordinal : throw NoSymbol(value!.ToString()!);
    }

    private SchemaException NoSymbol(string value)
        => new($"Field '{path}': '{value}' is not a symbol of the enum {type.Name} ({string.Join(", ", type.Symbols)}).") { Field = path };
}
