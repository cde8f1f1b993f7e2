using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>The columns of a JSON object, and the object that columns ask for.</summary>
internal static class JsonColumns
{
    /// <summary>The columns of a JSON text, mostly an object: every scalar member, those of nested objects under their paths; lists of them as vectors, with the sizes of lists in lists beside them.</summary>
    public static DatasetSchema Of(string name, JsonField root, IReadOnlyDictionary<string, string> unreadable)
    {
        var columns = new ColumnList();
        Add(root, root.AllowsNull, null, 0, columns);
        return new DatasetSchema(name, columns.Columns, unreadable);
    }

    /// <summary>The columns that are declared, with the sizes of lists in lists.</summary>
    public static IReadOnlyList<DatasetColumn> Of(IReadOnlyList<DatasetColumn> declared)
    {
        var columns = new ColumnList();
        foreach (DatasetColumn column in declared)
        {
            columns.Add(column);
            for (int depth = 1; depth < column.Depth; depth++)
            {
                columns.AddLengths(column.Name, depth, column.IsNullable);
            }
        }

        return columns.Columns;
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
                    string memberPath = ColumnPath.Join(path, member.Key);
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
        if (!column.IsVector)
        {
            return scalar;
        }

        JsonField item = scalar with { Name = "", AllowsNull = MissingValues.Has(column.Type) };
        for (int depth = column.Depth; depth > 1; depth--)
        {
            item = scalar with { Kind = JsonKind.List, Name = "", AllowsNull = true, Members = [item] };
        }

        return scalar with { Kind = JsonKind.List, Size = column.Size, Members = [item] };
    }

    /// <param name="field">The value.</param>
    /// <param name="nullable">Whether it may be missing.</param>
    /// <param name="list">The outermost list that it is in, or null.</param>
    /// <param name="depth">How many lists it is in.</param>
    /// <param name="columns">The columns.</param>
    private static void Add(JsonField field, bool nullable, JsonField? list, int depth, ColumnList columns)
    {
        bool isListNullable = list is not null && (!list.IsRequired || list.AllowsNull);
        int size = depth == 1 ? list!.Size : 0;
        if (field.Kind == JsonKind.Scalar)
        {
            columns.Add(new DatasetColumn(field.Path, MissingValues.Nullable(field.Type, nullable), list is null ? nullable : isListNullable, field.Symbols, field.Description ?? list?.Description)
            {
                IsVector = list is not null,
                Size = size,
                Depth = depth,
            });
            return;
        }

        int before = columns.Count;
        bool isList = field.Kind == JsonKind.List;
        foreach (JsonField member in field.Members)
        {
            bool isNullable = (nullable && !isList) || member.AllowsNull || (!isList && !member.IsRequired);
            Add(member, isNullable, isList ? list ?? field : list, isList ? depth + 1 : depth, columns);
        }

        if (isList && columns.Count > before)
        {
            columns.AddLengths(field.Path, depth, isListNullable, size);
        }
    }
}
