namespace KafkaDatasets.Schemas;

/// <summary>The columns of a JSON object, and the object that columns ask for.</summary>
internal static class JsonColumns
{
    /// <summary>The columns of an object: every member of a scalar kind, those of nested objects under their paths.</summary>
    public static DatasetSchema Of(string name, JsonField root, IReadOnlyDictionary<string, string> unreadable)
    {
        var columns = new List<DatasetColumn>();
        Add(root, nullable: false, columns);
        return new DatasetSchema(name, columns, unreadable);
    }

    /// <summary>An object whose members are the given columns; a dot leads into a nested object, which must be there if one of its columns must.</summary>
    public static JsonField ObjectOf(IReadOnlyList<DatasetColumn> columns) => ObjectOf("", "", [.. columns.Select(c => (c, c.Name.Split('.')))], 0);

    private static JsonField ObjectOf(string name, string path, IReadOnlyList<(DatasetColumn Column, string[] Names)> columns, int depth)
    {
        bool isRequired = columns.Any(c => !c.Column.IsNullable);
        return new JsonField(name, path, JsonKind.Object)
        {
            AllowsNull = !isRequired,
            IsRequired = isRequired,
            Members =
            [
                .. columns.GroupBy(c => c.Names[depth]).Select(member =>
                {
                    string memberPath = AvroColumns.Join(path, member.Key);
                    return member.FirstOrDefault(c => c.Names.Length == depth + 1).Column is { } scalar
                        ? Scalar(member.Key, memberPath, scalar)
                        : ObjectOf(member.Key, memberPath, [.. member], depth + 1);
                }),
            ],
        };
    }

    private static JsonField Scalar(string name, string path, DatasetColumn column) => new(name, path, KindOf(column.Type))
    {
        AllowsNull = column.IsNullable,
        IsRequired = !column.IsNullable,
        Symbols = column.KeyValues,
        Description = column.Description,
    };

    private static JsonKind KindOf(ColumnType type) => type switch
    {
        ColumnType.Boolean => JsonKind.Boolean,
        ColumnType.Int32 => JsonKind.Int32,
        ColumnType.Int64 => JsonKind.Int64,
        ColumnType.Single => JsonKind.Single,
        ColumnType.Double => JsonKind.Double,
        ColumnType.Key => JsonKind.Enum,
        _ => JsonKind.Text,
    };

    private static void Add(JsonField parent, bool nullable, List<DatasetColumn> columns)
    {
        foreach (JsonField member in parent.Members)
        {
            bool isNullable = nullable || member.AllowsNull || !member.IsRequired;
            if (member.Kind == JsonKind.Object)
            {
                Add(member, isNullable, columns);
            }
            else
            {
                columns.Add(new DatasetColumn(member.Path, TypeOf(member.Kind, isNullable), isNullable, member.Symbols, member.Description));
            }
        }
    }

    /// <summary>The type of a column: a missing number is NaN, which integers and Booleans do not have, so nullable ones are floating point.</summary>
    private static ColumnType TypeOf(JsonKind kind, bool nullable) => kind switch
    {
        JsonKind.Boolean => nullable ? ColumnType.Single : ColumnType.Boolean,
        JsonKind.Int32 => nullable ? ColumnType.Double : ColumnType.Int32,
        JsonKind.Int64 => nullable ? ColumnType.Double : ColumnType.Int64,
        JsonKind.Single => ColumnType.Single,
        JsonKind.Double => ColumnType.Double,
        JsonKind.Enum => ColumnType.Key,
        _ => ColumnType.Text,
    };
}
