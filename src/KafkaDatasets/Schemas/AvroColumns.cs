using ArraySchema = global::Avro.ArraySchema;
using AvroField = global::Avro.Field;
using EnumSchema = global::Avro.EnumSchema;
using MapSchema = global::Avro.MapSchema;
using NamedSchema = global::Avro.NamedSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Schemas;

/// <summary>
/// The columns of an Avro schema: every field under its path; of a union of several types a column for each branch; of a map one for each key that is asked for;
/// of an array a vector, of an array of records one for each field. Arrays in arrays are one vector, with the sizes of the inner ones beside it.
/// </summary>
internal sealed class AvroColumns
{
    /// <summary>The column of a value whose schema is no record.</summary>
    public const string ValueName = "value";

    /// <summary>How deep arrays may lie in one another, and still be columns.</summary>
    private const int MaxDepth = 2;

    private readonly WantedColumns _wanted;
    private readonly List<DatasetColumn> _columns = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _unreadable = [];
    private readonly HashSet<RecordSchema> _open = new(ReferenceEqualityComparer.Instance);

    private AvroColumns(WantedColumns wanted) => _wanted = wanted;

    /// <summary>The columns of a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="wanted">Columns that are asked for by name, among them keys of maps.</param>
    public static DatasetSchema Of(Schema schema, WantedColumns wanted)
    {
        var columns = new AvroColumns(wanted);
        columns.Add(new Place(RootPath(schema, wanted.Root), null), schema);
        return new DatasetSchema(schema is NamedSchema named ? named.Fullname : AvroTypes.Describe(schema), columns._columns, columns._unreadable);
    }

    /// <summary>What the paths of the columns begin with.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="root">What they have to begin with; empty: nothing has to.</param>
    public static string RootPath(Schema schema, string root) => schema is RecordSchema || root.Length > 0 ? root : ValueName;

    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>The path of the sizes of arrays in arrays.</summary>
    public static string LengthsPath(string path) => Join(path, "lengths");

    /// <summary>The names of a map's keys that are asked for.</summary>
    public static IReadOnlyList<string> Keys(string path, MapSchema map, WantedColumns wanted) =>
        wanted.Keys(path, AvroTypes.Unwrap(map.ValueSchema).Schema is RecordSchema or UnionSchema);

    private void Add(Place place, Schema declared)
    {
        (Schema schema, bool isNullable) = AvroTypes.Unwrap(declared);
        place = place with { IsNullable = place.IsNullable | isNullable };
        switch (schema)
        {
            case RecordSchema record when _open.Add(record):
                foreach (AvroField field in record.Fields)
                {
                    Add(place with { Path = Join(place.Path, field.Name), Description = field.Documentation }, field.Schema);
                }

                _open.Remove(record);
                break;
            case UnionSchema { Count: > 1 } union:
                foreach ((Schema branch, string name) in AvroTypes.Branches(union))
                {
                    Add(place with { Path = Join(place.Path, name), IsNullable = true }, branch);
                }

                break;
            case ArraySchema array when place.Depth < MaxDepth:
                AddList(place, inner => Add(inner, array.ItemSchema));
                break;
            case MapSchema map when place.Depth == 0 && Keys(place.Path, map, _wanted) is { Count: > 0 } keys:
                foreach (string key in keys)
                {
                    Add(place with { Path = Join(place.Path, key), IsNullable = true }, map.ValueSchema);
                }

                break;
            default:
                AddValue(place, schema);
                break;
        }
    }

    private void AddValue(Place place, Schema schema)
    {
        if (AvroTypes.TypeOf(schema, place.IsNullable) is { } type)
        {
            IReadOnlyList<string>? values = schema is EnumSchema symbols ? [.. symbols.Symbols] : null;
            AddColumn(new DatasetColumn(place.Path, type, place.IsList ? place.IsListNullable : place.IsNullable, values, place.Description) { IsVector = place.IsList, Depth = place.Depth });
        }
        else if (AvroTypes.ItemsOf(schema) is { } items && place.Depth < MaxDepth)
        {
            AddList(place, inner => AddColumn(new DatasetColumn(inner.Path, items.Type, inner.IsListNullable, null, inner.Description)
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

    /// <summary>The columns of a list's items; where the list lies in another, the sizes of the lists too.</summary>
    private void AddList(Place place, Action<Place> addItems)
    {
        int before = _columns.Count;
        addItems(place with { Depth = place.Depth + 1, IsNullable = false, IsListNullable = place.Depth == 0 ? place.IsNullable : place.IsListNullable });
        if (place.IsList && _columns.Count > before)
        {
            AddColumn(new DatasetColumn(LengthsPath(place.Path), ColumnType.Int32, place.IsListNullable, null, $"The number of items of each list in {place.Path}") { IsVector = true, Depth = place.Depth });
        }
    }

    private void AddColumn(DatasetColumn column)
    {
        if (_names.Add(column.Name))
        {
            _columns.Add(column);
        }
    }

    private static string Reason(Place place, Schema schema) => schema switch
    {
        RecordSchema record => $"record {record.Fullname} inside itself",
        MapSchema when place.Depth == 0 => WantedColumns.Reason(place.Path),
        ArraySchema => $"arrays lie more than {MaxDepth} deep in one another",
        _ => $"the Avro type {AvroTypes.Describe(schema)} is not supported as a column{(place.IsList ? " inside an array" : "")}",
    };

    /// <summary>Where a schema stands.</summary>
    /// <param name="Path">The names of the fields on the way to it.</param>
    /// <param name="Description">The field's documentation.</param>
    private readonly record struct Place(string Path, string? Description)
    {
        /// <summary>How many lists it is in.</summary>
        public int Depth { get; init; }

        public bool IsNullable { get; init; }

        public bool IsListNullable { get; init; }

        public bool IsList => Depth > 0;
    }
}
