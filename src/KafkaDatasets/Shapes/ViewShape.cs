using KafkaDatasets.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Shapes;

/// <summary>
/// A view as a record: its fields are the columns that are not hidden, but those of a topic's view that are parts of its records.
/// A dot in a column's name leads into a record within the record, as it does where a topic is read.
/// </summary>
internal sealed class ViewShape
{
    private const string DefaultRecordName = "Row";

    /// <summary>How deep records may lie in one another.</summary>
    private const int MaxDepth = 30;

    private readonly ValueFormat _format;
    private readonly HashSet<string> _typeNames = new(StringComparer.Ordinal);

    private ViewShape(ValueFormat format, string recordName)
    {
        _format = format;
        _typeNames.Add(recordName);
    }

    /// <param name="view">The view.</param>
    /// <param name="format">The format.</param>
    /// <param name="options">How the record is named.</param>
    /// <param name="isWanted">Which of its fields are written.</param>
    /// <exception cref="SchemaException">A column cannot be a field; names each.</exception>
    /// <exception cref="InvalidOptionsException">A column would be both a field and a record; names each with one that makes it a record.</exception>
    public static RecordShape Of(DataViewSchema view, ValueFormat format, KafkaWriterOptions options, FieldFilter isWanted)
    {
        string recordName = options.RecordName ?? DefaultRecordName;
        var builder = new ShapeBuilder(format, "The view");
        Leaf[] leaves = [.. from column in view where !column.IsHidden && !IsRecordPart(column) let names = Names(column.Name, format) where isWanted(names) select new Leaf(column, names)];
        InvalidOptionsException.ThrowIfAny("The view", [.. Clashes(leaves)]);
        new ViewShape(format, recordName).Add(builder, "", leaves, 0);
        return builder.Build(recordName, options.RecordNamespace);
    }

    /// <summary>Checks that each field has its column.</summary>
    /// <exception cref="SchemaException">A field has none; names each.</exception>
    public static void Check(DataViewSchema view, RecordShape shape)
    {
        string[] missing = [.. Paths(shape, "").Where(path => view.GetColumnOrNull(path) is null)];
        if (missing.Length > 0)
        {
            throw new SchemaException($"The view has no column for the fields {string.Join(", ", missing)} of {shape.FullName}.") { Field = missing[0] };
        }
    }

    private static IEnumerable<string> Paths(RecordShape shape, string path)
        => shape.Fields.SelectMany(field => field.Type is RecordShape record ? Paths(record, $"{path}{field.Name}.") : [path + field.Name]);

    private static bool IsRecordPart(DataViewSchema.Column column) => column.Annotations.Schema.GetColumnOrNull(MLNet.ViewSchema.RecordPartName) is not null;

    /// <summary>The names of the fields that lead to a column. A name that is empty is none of a field: with such a one the dots are nothing but dots.</summary>
    private static string[] Names(string column, ValueFormat format)
        => format.HasRecords && column.Split('.') is var names && !names.Contains("") ? names : [column];

    private static IEnumerable<string> Clashes(Leaf[] leaves)
    {
        Dictionary<string, string> within = [];
        foreach (Leaf leaf in leaves)
        {
            for (int depth = 1; depth < leaf.Names.Length; depth++)
            {
                within.TryAdd(string.Join('.', leaf.Names[..depth]), leaf.Column.Name);
            }
        }

        return from leaf in leaves
               where within.ContainsKey(leaf.Column.Name)
               select $"column '{leaf.Column.Name}' would be a field and, because of column '{within[leaf.Column.Name]}', a record: rename one of them or drop it (ml.Transforms.SelectColumns)";
    }

    private void Add(ShapeBuilder builder, string path, IReadOnlyList<Leaf> leaves, int depth)
    {
        foreach (IGrouping<string, Leaf> field in leaves.GroupBy(leaf => leaf.Names[depth]))
        {
            DataViewSchema.Column column = field.First().Column;
            if (field.First().Names.Length == depth + 1)
            {
                FieldType? type = TypeOf(column);
                if (type is null)
                {
                    builder.Refuse(column.Name, $"a column of type {column.Type} is not one that can be written");
                }

                builder.Add(field.Key, type);
            }
            else if (depth == MaxDepth)
            {
                builder.Refuse(column.Name, $"more than {MaxDepth} records lie in one another; rename it");
            }
            else
            {
                string inner = path + field.Key;
                string name = TypeName($"{inner}Record");
                ShapeBuilder fields = builder.Within(inner);
                Add(fields, $"{inner}.", [.. field], depth + 1);
                builder.Add(field.Key, new RecordShape(name, null, fields.Fields));
            }
        }
    }

    /// <summary>A name for the type of a column that no other has.</summary>
    private string TypeName(string path)
    {
        string name = path.Replace('.', '_');
        while (!_typeNames.Add(name))
        {
            name += "_";
        }

        return name;
    }

    private FieldType? TypeOf(DataViewSchema.Column column)
    {
        DataViewType item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        bool isVector = column.Type is VectorDataViewType;
        if (isVector && _format.HasBytes && item.RawType == typeof(byte))
        {
            return new ScalarType(ScalarKind.Bytes);
        }

        FieldType? type = item switch
        {
            KeyDataViewType when KeyTexts.Of(column) is { } texts => _format.CanBeSymbols(texts) ? new EnumType(TypeName($"{column.Name}Value"), texts) : new ScalarType(ScalarKind.Text),
            KeyDataViewType key => new ScalarType(key.Count <= int.MaxValue ? ScalarKind.Int32 : ScalarKind.Int64),
            _ when item.RawType == typeof(DateTime) => new ScalarType(ScalarKind.LocalTimestamp),
            PrimitiveDataViewType when TypeShape.KindOf(item.RawType) is { } kind => new ScalarType(kind),
            _ => null,
        };
        return type is null ? null
            : isVector ? new ListType(type with { IsNullable = item is KeyDataViewType && _format.HasNullItems })
            : type with { IsNullable = item is KeyDataViewType || MissingTimes.Are(item.RawType) };
    }

    /// <summary>A column, and the names of the fields that lead to it.</summary>
    private sealed record Leaf(DataViewSchema.Column Column, string[] Names);
}
