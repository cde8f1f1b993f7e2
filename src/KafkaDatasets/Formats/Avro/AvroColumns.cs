using KafkaDatasets.Schemas;

using ArraySchema = global::Avro.ArraySchema;
using AvroField = global::Avro.Field;
using EnumSchema = global::Avro.EnumSchema;
using MapSchema = global::Avro.MapSchema;
using NamedSchema = global::Avro.NamedSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Formats.Avro;

/// <summary>
/// The columns of an Avro schema: one per field, named by its path; for a union of several types, one per branch; for a map, one per requested key;
/// for a recursive record, one per requested field; for an array, a vector; for an array of records, one per field.
/// </summary>
/// <remarks>Nested arrays become one vector, with the sizes of the inner arrays in a separate column for each depth.</remarks>
internal sealed class AvroColumns
{
    /// <summary>The column name of a value whose schema is not a record.</summary>
    public const string ValueName = "value";

    private readonly WantedColumns _wanted;
    private readonly ColumnList _columns = new();
    private readonly Dictionary<string, string> _unreadable = [];
    private HashSet<RecordSchema> _open = new(ReferenceEqualityComparer.Instance);

    private AvroColumns(WantedColumns wanted) => _wanted = wanted;

    /// <summary>Returns the columns of a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="wanted">The columns requested by name, including keys of maps and fields of recursive records.</param>
    public static DatasetSchema Of(Schema schema, WantedColumns wanted)
    {
        var columns = new AvroColumns(wanted);
        columns.Add(new Place(RootPath(schema, wanted.Root), null), schema);
        return new DatasetSchema(schema is NamedSchema named ? named.Fullname : AvroTypes.Describe(schema), columns._columns.Columns, columns._unreadable) { NullableIntegers = columns._columns.NullableIntegers };
    }

    /// <summary>Returns the prefix of the columns' paths.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="root">The required prefix, or empty when none is required.</param>
    public static string RootPath(Schema schema, string root) => schema is RecordSchema || root.Length > 0 ? root : ValueName;

    /// <summary>Returns the requested keys of a map.</summary>
    public static IReadOnlyList<string> Keys(string path, MapSchema map, WantedColumns wanted) => wanted.Keys(path, HasFields(map.ValueSchema));

    /// <summary>Whether a schema's columns are below its path rather than at it.</summary>
    public static bool HasFields(Schema declared) => AvroTypes.Unwrap(declared).Schema switch
    {
        ArraySchema array => HasFields(array.ItemSchema),
        var schema => schema is RecordSchema or MapSchema or UnionSchema,
    };

    private void Add(Place place, Schema declared)
    {
        (Schema schema, bool isNullable) = AvroTypes.Unwrap(declared);
        place = place with { IsNullable = place.IsNullable | isNullable };
        if (place.Recursion is { } outer && !_wanted.HasField(place.Path, outer))
        {
            _unreadable.TryAdd(place.Path, WantedColumns.ReasonOfRecursion(schema is RecordSchema ? ColumnPath.Join(place.Path, "field") : place.Path));
            return;
        }

        switch (schema)
        {
            case RecordSchema record when _open.Add(record):
                AddFields(place, record);
                _open.Remove(record);
                break;
            case RecordSchema record when _wanted.HasRecord(place.Path):
                HashSet<RecordSchema> outside = _open;
                _open = new(ReferenceEqualityComparer.Instance) { record }; // its fields are those that the record has when it is the outermost
                AddFields(place with { Recursion = place.Path }, record);
                _open = outside;
                break;
            case UnionSchema { Count: > 1 } union:
                foreach ((Schema branch, string name) in AvroTypes.Branches(union))
                {
                    Add(place with { Path = ColumnPath.Join(place.Path, name), IsNullable = true }, branch);
                }

                break;
            case ArraySchema array:
                AddList(place, inner => Add(inner, array.ItemSchema));
                break;
            case MapSchema map when Keys(place.Path, map, _wanted) is { Count: > 0 } keys:
                foreach (string key in keys)
                {
                    Add(place with { Path = ColumnPath.Join(place.Path, key), IsNullable = true }, map.ValueSchema);
                }

                break;
            default:
                AddValue(place, schema);
                break;
        }
    }

    private void AddFields(Place place, RecordSchema record)
    {
        foreach (AvroField field in record.Fields)
        {
            Add(place with { Path = ColumnPath.Join(place.Path, field.Name), Description = field.Documentation }, field.Schema);
        }
    }

    private void AddValue(Place place, Schema schema)
    {
        if (AvroTypes.TypeOf(schema, place.IsNullable) is { } type)
        {
            IReadOnlyList<string>? values = schema is EnumSchema symbols ? [.. symbols.Symbols] : null;
            _columns.Add(new DatasetColumn(place.Path, type, place.IsList ? place.IsListNullable : place.IsNullable, values, place.Description) { IsVector = place.IsList, Depth = place.Depth }, AvroTypes.TypeOf(schema, nullable: false)!.Value);
        }
        else if (AvroTypes.ItemsOf(schema) is { } items)
        {
            AddList(place, inner => _columns.Add(new DatasetColumn(inner.Path, items.Type, inner.IsListNullable, null, inner.Description)
            {
                IsVector = true,
                Size = place.IsList || place.IsNullable ? 0 : items.Count,
                Depth = inner.Depth,
            }));
        }
        else
        {
            _unreadable.TryAdd(place.Path, Reason(place, schema));
        }
    }

    /// <summary>Adds the columns of a list's items and, for a nested list, the sizes of the lists.</summary>
    private void AddList(Place place, Action<Place> addItems)
    {
        int before = _columns.Count;
        addItems(place with { Depth = place.Depth + 1, IsNullable = false, IsListNullable = place.Depth == 0 ? place.IsNullable : place.IsListNullable });
        if (_columns.Count > before)
        {
            _columns.AddLengths(place.Path, place.Depth, place.IsListNullable);
        }
    }

    private static string Reason(Place place, Schema schema) => schema switch
    {
        RecordSchema => WantedColumns.ReasonOfRecursion(ColumnPath.Join(place.Path, "field")),
        MapSchema => WantedColumns.ReasonOfMap(place.Path),
        _ => $"the Avro type {AvroTypes.Describe(schema)} is not supported as a column",
    };

    /// <summary>The position of a schema.</summary>
    /// <param name="Path">The field names on the path to it.</param>
    /// <param name="Description">The field's documentation.</param>
    private readonly record struct Place(string Path, string? Description)
    {
        /// <summary>The number of lists around it.</summary>
        public int Depth { get; init; }

        /// <summary>The path of the innermost enclosing recursive record, or null.</summary>
        public string? Recursion { get; init; }

        public bool IsNullable { get; init; }

        public bool IsListNullable { get; init; }

        public bool IsList => Depth > 0;
    }
}
