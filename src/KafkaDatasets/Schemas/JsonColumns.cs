namespace KafkaDatasets.Schemas;

/// <summary>The columns of a JSON object, and the object that columns ask for.</summary>
internal static class JsonColumns
{
    /// <summary>The columns of a JSON text, mostly an object: every scalar member, those of nested objects under their paths; lists of them as vectors.</summary>
    public static DatasetSchema Of(string name, JsonField root, IReadOnlyDictionary<string, string> unreadable)
    {
        var columns = new List<DatasetColumn>();
        Add(root, root.AllowsNull, null, columns);
        return new DatasetSchema(name, columns, unreadable);
    }

    /// <summary>An object whose members are the given columns; a dot leads into a nested object, which must be there if one of its columns must.</summary>
    /// <param name="columns">The columns, by the names in the object.</param>
    /// <param name="root">What their names in the dataset begin with.</param>
    public static JsonField ObjectOf(IReadOnlyList<DatasetColumn> columns, string root) => ObjectOf("", root, [.. columns.Select(c => (c, c.Name.Split('.')))], 0);

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

    private static JsonField Scalar(string name, string path, DatasetColumn column)
    {
        var scalar = new JsonField(name, path, JsonKind.Scalar)
        {
            Type = column.Type,
            AllowsNull = column.IsNullable,
            IsRequired = !column.IsNullable,
            Symbols = column.KeyValues,
            Description = column.Description,
        };
        return column.IsVector
            ? scalar with { Kind = JsonKind.List, Size = column.Size, Members = [scalar with { Name = "", AllowsNull = MissingValues.Has(column.Type) }] }
            : scalar;
    }

    private static void Add(JsonField field, bool nullable, JsonField? list, List<DatasetColumn> columns)
    {
        if (field.Kind == JsonKind.Scalar)
        {
            ColumnType type = MissingValues.Nullable(field.Type, nullable);
            columns.Add(new DatasetColumn(field.Path, type, list is null ? nullable : !list.IsRequired || list.AllowsNull, field.Symbols, field.Description ?? list?.Description)
            {
                IsVector = list is not null,
                Size = list?.Size ?? 0,
            });
            return;
        }

        foreach (JsonField member in field.Members)
        {
            bool isItem = field.Kind == JsonKind.List;
            bool isNullable = (nullable && !isItem) || member.AllowsNull || (!isItem && !member.IsRequired);
            Add(member, isNullable, isItem ? field : list, columns);
        }
    }
}
