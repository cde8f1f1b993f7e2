using System.Collections;
using System.Reflection;
using System.Runtime.Serialization;
using Google.Protobuf;

namespace KafkaDatasets.Shapes;

/// <summary>Describes a .NET type as a record whose fields are the properties, nested types included.</summary>
internal sealed class TypeShape
{
    private static readonly Dictionary<Type, ScalarKind> Scalars = new()
    {
        [typeof(bool)] = ScalarKind.Boolean,
        [typeof(sbyte)] = ScalarKind.Int32,
        [typeof(byte)] = ScalarKind.Int32,
        [typeof(short)] = ScalarKind.Int32,
        [typeof(ushort)] = ScalarKind.Int32,
        [typeof(int)] = ScalarKind.Int32,
        [typeof(uint)] = ScalarKind.UInt32,
        [typeof(long)] = ScalarKind.Int64,
        [typeof(ulong)] = ScalarKind.UInt64,
        [typeof(float)] = ScalarKind.Single,
        [typeof(double)] = ScalarKind.Double,
        [typeof(decimal)] = ScalarKind.Decimal,
        [typeof(string)] = ScalarKind.Text,
        [typeof(ReadOnlyMemory<char>)] = ScalarKind.Text,
        [typeof(byte[])] = ScalarKind.Bytes,
        [typeof(ReadOnlyMemory<byte>)] = ScalarKind.Bytes,
        [typeof(ByteString)] = ScalarKind.Bytes,
        [typeof(Guid)] = ScalarKind.Uuid,
        [typeof(DateOnly)] = ScalarKind.Date,
        [typeof(TimeOnly)] = ScalarKind.Time,
        [typeof(TimeSpan)] = ScalarKind.TimeSpan,
        [typeof(DateTime)] = ScalarKind.Timestamp,
        [typeof(DateTimeOffset)] = ScalarKind.Timestamp,
    };

    private readonly ShapeBuilder _builder;
    private readonly NullabilityInfoContext _nullability = new();
    private readonly Dictionary<Type, FieldType> _named = [];
    private readonly HashSet<Type> _open = [];

    private TypeShape(ShapeBuilder builder)
    {
        _builder = builder;
    }

    /// <summary>The kind of scalar that a .NET type holds, or null when it is not a scalar.</summary>
    public static ScalarKind? KindOf(Type type) => Scalars.TryGetValue(type, out ScalarKind kind) ? kind : null;

    /// <param name="type">The type of the rows.</param>
    /// <param name="format">The capabilities of the format.</param>
    /// <param name="options">How the record is named.</param>
    /// <param name="isWanted">Which of its fields are written.</param>
    /// <exception cref="SchemaException">Some properties cannot be fields; the message lists each of them.</exception>
    public static RecordShape Of(Type type, FormatTraits format, KafkaWriterOptions options, FieldFilter isWanted)
    {
        if (IsSingleValue(type))
        {
            throw new SchemaException($"Values of type {type.Name} cannot be written as rows: a row is a record with fields. Write a type with a property for the value.");
        }

        var contract = type.GetCustomAttribute<DataContractAttribute>();
        var builder = new ShapeBuilder(format, $"Type {type.Name}");
        var shape = new TypeShape(builder);
        shape._open.Add(type);
        foreach ((string name, PropertyInfo property) in TypeMembers.Of(type).Where(m => isWanted([m.Name])))
        {
            builder.Add(name, shape.TypeOf(name, shape._nullability.Create(property)));
        }

        return builder.Build(options.RecordName ?? contract?.Name ?? NameOf(type), options.RecordNamespace ?? contract?.Namespace ?? type.Namespace);
    }

    /// <summary>Whether a type is written as a value in a field, so that its properties (the length of a text) are not fields of a row.</summary>
    private static bool IsSingleValue(Type type)
    {
        Type value = Nullable.GetUnderlyingType(type) ?? type;
        return KindOf(value) is not null || value.IsEnum || (typeof(IEnumerable).IsAssignableFrom(value) && (value.IsArray || value.Namespace?.StartsWith("System", StringComparison.Ordinal) == true));
    }

    /// <summary>The name of a type without its arity (<c>`1</c>).</summary>
    private static string NameOf(Type type) => type.Name.Split('`')[0];

    private FieldType? TypeOf(string path, NullabilityInfo info)
    {
        Type type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        FieldType? some = Some(path, type, info);
        return some is null ? null : some with { IsNullable = type != info.Type || info.ReadState == NullabilityState.Nullable };
    }

    private FieldType? Some(string path, Type type, NullabilityInfo info)
    {
        if (KindOf(type) is { } kind)
        {
            return new ScalarType(kind);
        }

        if (type.IsEnum)
        {
            return Named(path, type, () => new EnumType(NameOf(type), [.. Enum.GetNames(type).Select(member => SymbolOrdinals.Symbol(type, member))]));
        }

        if (ItemSource.MapValueOf(type) is { } value)
        {
            return TypeOf(path, value, info) is { } of ? new MapType(of) : null;
        }

        if (ItemSource.ItemOf(type) is { } item)
        {
            return TypeOf(path, item, info) is { } of ? new ListType(of) : null;
        }

        if (type.Namespace is "System" || type.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true || type.IsPointer || type.IsAbstract && type.IsInterface)
        {
            _builder.Refuse(path, $"values of type {type.Name} cannot be written");
            return null;
        }

        return Named(path, type, () => Record(path, type));
    }

    /// <summary>The type of the items of an array, list or dictionary.</summary>
    private FieldType? TypeOf(string path, Type within, NullabilityInfo outer)
    {
        NullabilityInfo? info = outer.ElementType ?? outer.GenericTypeArguments.LastOrDefault(argument => argument.Type == within);
        if (info is not null)
        {
            return TypeOf(path, info);
        }

        Type type = Nullable.GetUnderlyingType(within) ?? within;
        return Some(path, type, outer) is { } some ? some with { IsNullable = type != within } : null;
    }

    private RecordShape Record(string path, Type type)
    {
        ShapeBuilder fields = _builder.Within(path);
        foreach ((string name, PropertyInfo property) in TypeMembers.Of(type))
        {
            fields.Add(name, TypeOf($"{path}.{name}", _nullability.Create(property)));
        }

        return new RecordShape(type.GetCustomAttribute<DataContractAttribute>()?.Name ?? NameOf(type), null, fields.Fields);
    }

    /// <summary>Describes a type once, however often it occurs, and rejects recursive types.</summary>
    private FieldType? Named(string path, Type type, Func<FieldType> describe)
    {
        if (_named.TryGetValue(type, out FieldType? known))
        {
            return known;
        }

        if (!_open.Add(type))
        {
            _builder.Refuse(path, $"type {type.Name} is recursive");
            return null;
        }

        if (_named.Keys.Any(other => NameOf(other) == NameOf(type)))
        {
            _builder.Refuse(path, $"another type has the same name, {NameOf(type)}");
            return null;
        }

        FieldType described = describe();
        _open.Remove(type);
        return _named[type] = described;
    }
}
