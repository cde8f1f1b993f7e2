using System.Linq.Expressions;
using System.Reflection;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Float32;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Formats.Text;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats;

/// <summary>A format of values: its schema documents, and the code that writes .NET values in it, built once per field.</summary>
internal abstract class ValueFormat
{
    /// <summary>What messages call it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether names of records and fields are limited to Avro's, which are Protobuf's too.</summary>
    public virtual bool NeedsNames => false;

    /// <summary>Whether a field can be a record, so that a dot in a column's name leads into one.</summary>
    public virtual bool HasRecords => SchemaType is not null;

    /// <summary>Whether it has bytes that are neither text nor numbers.</summary>
    public virtual bool HasBytes => false;

    /// <summary>Whether there may be no value among those of a list.</summary>
    public virtual bool HasNullItems => true;

    /// <summary>What the registry calls schemas of it, or null where it has none.</summary>
    public virtual SchemaType? SchemaType => null;

    /// <summary>What stands between the schema's id and the value.</summary>
    public virtual ReadOnlySpan<byte> AfterId => [];

    public static ValueFormat Of(WriteFormat format) => format switch
    {
        WriteFormat.Avro => new AvroValues(),
        WriteFormat.Json => new JsonValues(),
        WriteFormat.Protobuf => new ProtobufValues(),
        WriteFormat.Csv => new CsvValues(),
        _ => new Float32Values(),
    };

    /// <summary>Whether all of these can be the symbols of an enum.</summary>
    public virtual bool CanBeSymbols(IReadOnlyList<string> texts) => texts.Distinct().Count() == texts.Count;

    /// <summary>The shape of the rows: that of the type or the view, by way of the schema that is given, if one is.</summary>
    /// <param name="schema">The schema that is given, or null.</param>
    /// <param name="derive">Makes the shape of those fields that are wanted.</param>
    /// <exception cref="SchemaException">The schema is not valid.</exception>
    public virtual RecordShape Shape(string? schema, Func<FieldFilter, RecordShape> derive) => derive(static _ => true);

    /// <summary>The schema document of a shape.</summary>
    public virtual string Document(RecordShape shape) => "";

    /// <summary>Begins a record.</summary>
    public virtual void Open(ValueBuffer buffer)
    {
    }

    /// <summary>Ends a record.</summary>
    public virtual void Close(ValueBuffer buffer)
    {
    }

    /// <summary>The code that writes one member of a record, with its name where the format has them.</summary>
    /// <exception cref="SchemaException">Values of that type cannot be written so.</exception>
    public abstract Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path);

    /// <summary>The code that writes a record whose fields are properties, or columns of a view.</summary>
    /// <exception cref="SchemaException">A field has no property, or its values cannot be written so.</exception>
    public Action<ValueBuffer, TRecord> Record<TRecord>(RecordShape shape, string path)
        => typeof(TRecord) == typeof(ColumnGroup) ? (Action<ValueBuffer, TRecord>)(object)(Action<ValueBuffer, ColumnGroup>)Columns : Properties<TRecord>(shape, path);

    private void Columns(ValueBuffer buffer, ColumnGroup record)
    {
        Open(buffer);
        record.Encode(buffer);
        Close(buffer);
    }

    private Action<ValueBuffer, TRecord> Properties<TRecord>(RecordShape shape, string path)
    {
        Dictionary<string, PropertyInfo> properties = TypeMembers.Of(typeof(TRecord)).ToDictionary(m => m.Name, m => m.Property, StringComparer.Ordinal);
        string[] missing = [.. shape.Fields.Select(f => f.Name).Where(name => !properties.ContainsKey(name))];
        if (missing.Length > 0)
        {
            throw new SchemaException($"{typeof(TRecord).Name} has no property for the fields {string.Join(", ", missing)} of {shape.FullName}: name the properties so, or give them [DataMember(Name = …)].") { Field = missing[0] };
        }

        Action<ValueBuffer, TRecord>[] members = [.. shape.Fields.Select(field => Member<TRecord>(properties[field.Name], field, path))];
        return (buffer, record) =>
        {
            Open(buffer);
            foreach (Action<ValueBuffer, TRecord> member in members)
            {
                member(buffer, record);
            }

            Close(buffer);
        };
    }

    /// <summary>The code that writes one property of a record.</summary>
    public Action<ValueBuffer, TRecord> Member<TRecord>(PropertyInfo property, RowField field, string path)
        => (Action<ValueBuffer, TRecord>)Build(nameof(MemberOf), [typeof(TRecord), property.PropertyType], property, field, path.Length == 0 ? field.Name : $"{path}.{field.Name}");

    /// <summary>The code that writes values, which may be null where .NET's type allows it.</summary>
    protected Action<ValueBuffer, TValue> Value<TValue>(FieldType type, string path)
    {
        if (Nullable.GetUnderlyingType(typeof(TValue)) is { } underlying)
        {
            return (Action<ValueBuffer, TValue>)Build(nameof(NullableValue), [underlying], type, path);
        }

        Action<ValueBuffer, TValue> some = Some(type, Plain<TValue>(type, path));
        if (typeof(TValue).IsValueType)
        {
            return some;
        }

        Action<ValueBuffer> none = type.IsKey ? static buffer => buffer.WriteNull() : None(type, path);
        return (buffer, value) =>
        {
            if (value is null)
            {
                none(buffer);
            }
            else
            {
                some(buffer, value);
            }
        };
    }

    /// <summary>The code that writes a value that is there.</summary>
    protected virtual Action<ValueBuffer, TValue> Some<TValue>(FieldType type, Action<ValueBuffer, TValue> write) => write;

    /// <summary>The code that writes that there is no value.</summary>
    protected abstract Action<ValueBuffer> None(FieldType type, string path);

    /// <summary>An <see cref="Action{T1, T2}"/> that writes single values of a kind, in the type that is the kind's.</summary>
    protected abstract Delegate Scalar(ScalarType type, string path);

    /// <summary>The code that writes the symbol of an ordinal.</summary>
    protected abstract Action<ValueBuffer, int> Symbol(EnumType type);

    protected abstract Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path);

    protected abstract Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path);

    /// <summary>The code that writes a record within another.</summary>
    protected virtual Action<ValueBuffer, TRecord> Nested<TRecord>(RecordShape record, string path) => Record<TRecord>(record, path);

    /// <summary>The code that writes a value that is not null.</summary>
    protected Action<ValueBuffer, TValue> Plain<TValue>(FieldType type, string path) => type switch
    {
        ScalarType scalar => Converted<TValue>(scalar, path),
        EnumType symbols => Ordinal<TValue>(symbols, path),
        MapType map when ItemSource.MapValueOf(typeof(TValue)) is { } value => (Action<ValueBuffer, TValue>)Build(nameof(MapOf), [typeof(TValue), value], map.Value, path),
        ListType list when ItemSource.ItemOf(typeof(TValue)) is { } item => (Action<ValueBuffer, TValue>)Build(nameof(ListOf), [typeof(TValue), item], list.Item, path),
        RecordShape record when TypeShape.KindOf(typeof(TValue)) is null && ItemSource.ItemOf(typeof(TValue)) is null => Nested<TValue>(record, path),
        _ => throw DoesNotFit<TValue>(type, path),
    };

    protected SchemaException DoesNotFit<TValue>(FieldType type, string path)
        => new($"Field '{path}': a value of type {TypeName(typeof(TValue))} cannot be written as {Describe(type)} in {Name}.") { Field = path };

    protected SchemaException NoValue(string path)
        => new($"Field '{path}' has no value, and its {Name} type does not allow null: make it nullable, or leave the row out.") { Field = path };

    protected Delegate Build(string method, Type[] types, params object[] arguments)
        => (Delegate)typeof(ValueFormat).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(types).Invoke(this, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;

    private Action<ValueBuffer, TRecord> MemberOf<TRecord, TValue>(PropertyInfo property, RowField field, string path)
    {
        ParameterExpression record = Expression.Parameter(typeof(TRecord));
        Func<TRecord, TValue> get = Expression.Lambda<Func<TRecord, TValue>>(Expression.Property(record, property), record).Compile();
        Action<ValueBuffer, TValue> write = Field<TValue>(field, path);
        return (buffer, row) => write(buffer, get(row));
    }

    private Action<ValueBuffer, TValue?> NullableValue<TValue>(FieldType type, string path)
        where TValue : struct
    {
        Action<ValueBuffer, TValue> some = Some(type, Plain<TValue>(type, path));
        Action<ValueBuffer> none = type.IsKey ? static buffer => buffer.WriteNull() : None(type, path);
        return (buffer, value) =>
        {
            if (value is { } it)
            {
                some(buffer, it);
            }
            else
            {
                none(buffer);
            }
        };
    }

    private Action<ValueBuffer, TValue> Converted<TValue>(ScalarType type, string path)
    {
        Delegate write = Scalar(type, path);
        Delegate convert = Conversions.Find(typeof(TValue), type.Kind) ?? throw DoesNotFit<TValue>(type, path);
        return write as Action<ValueBuffer, TValue> ?? (Action<ValueBuffer, TValue>)Build(nameof(Compose), convert.GetType().GetGenericArguments(), convert, write);
    }

    private Action<ValueBuffer, TFrom> Compose<TFrom, TTo>(Func<TFrom, TTo> convert, Action<ValueBuffer, TTo> write) => (buffer, value) => write(buffer, convert(value));

    private Action<ValueBuffer, TValue> Ordinal<TValue>(EnumType type, string path)
    {
        Action<ValueBuffer, int> write = Symbol(type);
        Func<TValue, int> ordinal = new SymbolOrdinals(type, path).Of<TValue>() ?? throw DoesNotFit<TValue>(type, path);
        return (buffer, value) => write(buffer, ordinal(value));
    }

    private Action<ValueBuffer, TSource> ListOf<TSource, TItem>(FieldType item, string path) => List(item, ItemSource.Of<TSource, TItem>(), path);

    private Action<ValueBuffer, TSource> MapOf<TSource, TItem>(FieldType value, string path) => Map(value, ItemSource.Of<TSource, KeyValuePair<string, TItem>>(), path);

    private static string Describe(FieldType type) => type switch
    {
        ScalarType { FixedSize: { } size } => $"{size} bytes",
        ScalarType scalar => scalar.Kind.ToString(),
        EnumType symbols => $"enum {symbols.Name}",
        ListType list => $"a list of {Describe(list.Item)}",
        MapType map => $"a map of {Describe(map.Value)}",
        RecordShape record => $"record {record.FullName}",
        _ => type.ToString(),
    };

    private static string TypeName(Type type)
        => type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(TypeName))}>" : type.Name;
}
