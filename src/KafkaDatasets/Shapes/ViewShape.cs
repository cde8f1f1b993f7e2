using KafkaDatasets.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Shapes;

/// <summary>
/// Describes a view as a record whose fields are the columns, except hidden columns and record columns such as the offset (<see cref="ViewAnnotations.RecordPart"/>), unless one of these is the key.
/// A dot in a column's name denotes a nested record, as it does when a topic is read.
/// </summary>
internal sealed class ViewShape
{
    private const string DefaultRecordName = "Row";

    /// <summary>The maximum depth of nested records.</summary>
    private const int MaxDepth = 30;

    private readonly FormatTraits _format;
    private readonly HashSet<string> _typeNames = new(StringComparer.Ordinal);

    private ViewShape(FormatTraits format, string recordName)
    {
        _format = format;
        _typeNames.Add(recordName);
    }

    /// <param name="view">The view.</param>
    /// <param name="format">The capabilities of the format.</param>
    /// <param name="options">How the record is named.</param>
    /// <param name="isWanted">Which of its fields are written.</param>
    /// <exception cref="SchemaException">Some columns cannot be fields; the message lists each of them.</exception>
    /// <exception cref="InvalidOptionsException">A column would be both a field and a record; the message lists each with the column that makes it a record.</exception>
    public static RecordShape Of(DataViewSchema view, FormatTraits format, KafkaWriterOptions options, FieldFilter isWanted)
    {
        string recordName = options.RecordName ?? DefaultRecordName;
        var builder = new ShapeBuilder(format, "The view");
        Leaf[] leaves = [.. from column in view where !column.IsHidden && (!IsRecordPart(column) || column.Name == options.Key) let names = Names(column.Name, format) where isWanted(names) select new Leaf(column, names)];
        InvalidOptionsException.ThrowIfAny("The view", [.. Clashes(leaves)]);
        new ViewShape(format, recordName).Add(builder, "", leaves, 0);
        return builder.Build(recordName, options.RecordNamespace);
    }

    /// <summary>Checks that each field has a column.</summary>
    /// <exception cref="SchemaException">Some fields have no column; the message lists each of them.</exception>
    public static void Check(DataViewSchema view, RecordShape shape)
    {
        string[] missing = [.. Paths(shape, "").Where(path => view.GetColumnOrNull(path) is null)];
        if (missing.Length > 0)
        {
            throw new SchemaException($"The view has no column for the fields {string.Join(", ", missing.Select(path => SimilarNames.WithHint(path, view.Select(c => c.Name))))} of {shape.FullName}.") { Field = missing[0] };
        }
    }

    /// <summary>Whether a type is a time type, whose minimum value represents a missing value in a view.</summary>
    public static bool IsTime(Type type) => type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan);

    private static IEnumerable<string> Paths(RecordShape shape, string path)
        => shape.Fields.SelectMany(field => field.Type is RecordShape record ? Paths(record, $"{path}{field.Name}.") : [path + field.Name]);

    private static bool IsRecordPart(DataViewSchema.Column column) => column.Annotations.Schema.GetColumnOrNull(ViewAnnotations.RecordPart) is not null;

    /// <summary>The path of fields that leads to a column. A field cannot have an empty name, so the dots of a column such as <c>a..b</c> are part of the name.</summary>
    private static string[] Names(string column, FormatTraits format)
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
                    builder.Refuse(column.Name, $"columns of type {column.Type} cannot be written");
                }

                builder.Add(field.Key, type);
            }
            else if (depth == MaxDepth)
            {
                builder.Refuse(column.Name, $"records are nested more than {MaxDepth} deep: rename the column");
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

    /// <summary>A type name that no other column has.</summary>
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
            : type with { IsNullable = item is KeyDataViewType || IsTime(item.RawType) };
    }

    /// <summary>A column and the path of fields that leads to it.</summary>
    private sealed record Leaf(DataViewSchema.Column Column, string[] Names);
}
