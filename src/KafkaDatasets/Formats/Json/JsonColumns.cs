using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>Derives the columns of a JSON text, and the JSON structure that declared columns describe.</summary>
internal static class JsonColumns
{
    /// <summary>The maximum number of parts of a name that is looked up in every way of splitting it, whose number doubles with each part.</summary>
    private const int MaxSplitNames = 6;

    /// <summary>Returns the columns of a JSON text: one per scalar member, named by its path; a vector per list, with the sizes of nested lists in separate columns; and for a choice, columns for each type.</summary>
    public static DatasetSchema Of(string name, JsonField root, IReadOnlyDictionary<string, string> unreadable)
    {
        var columns = new ColumnList();
        Add(root, root.AllowsNull, null, 0, columns);
        return new DatasetSchema(name, columns.Columns, unreadable) { NullableIntegers = columns.NullableIntegers };
    }

    /// <summary>Returns the declared columns, with the sizes of nested lists.</summary>
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

    /// <summary>Returns an object whose members are the given columns.</summary>
    /// <remarks>
    /// A name with dots is looked up as it is, then by its beginnings, longer ones first: <c>a.b.c</c> is the member of that name, otherwise
    /// the rest <c>c</c> in the object <c>a.b</c>, otherwise the rest <c>b.c</c>, resolved in the same way, in the object <c>a</c>.
    /// A name of more than <see cref="MaxSplitNames"/> parts, which has too many such places, passes only through objects named by a single part.
    /// </remarks>
    /// <param name="columns">The columns, by the names in the object.</param>
    /// <param name="root">The prefix of their names in the dataset.</param>
    public static JsonField ObjectOf(IReadOnlyList<DatasetColumn> columns, string root) => ObjectOf("", root, [.. columns.Select(c => (c, c.Name.Split('.')))], 0, 0);

    /// <param name="name">The object's name.</param>
    /// <param name="path">The column name that leads to it.</param>
    /// <param name="columns">The columns in it.</param>
    /// <param name="start">The number of parts of their names that lead to it.</param>
    /// <param name="splits">A bit for each of those parts, the first one highest: whether an object's name ends there.</param>
    private static JsonField ObjectOf(string name, string path, IReadOnlyList<(DatasetColumn Column, string[] Names)> columns, int start, int splits)
    {
        return new JsonField(name, path, JsonKind.Object)
        {
            AllowsNull = start > 0,
            IsRequired = start == 0,
            Members =
            [
                .. columns.Select(c =>
                {
                    string rest = string.Join('.', c.Names.Skip(start));
                    return Scalar(rest, ColumnPath.Join(path, rest), c.Column) with { Rank = Rank(c.Names.Length, start, splits) };
                }),
                .. from count in Enumerable.Range(1, MaxSplitNames - 1).Reverse()
                   from member in columns.Where(c => c.Names.Length > start + count && (count == 1 || c.Names.Length <= MaxSplitNames)).GroupBy(c => string.Join('.', c.Names.Skip(start).Take(count)))
                   select ObjectOf(member.Key, ColumnPath.Join(path, member.Key), [.. member], start + count, (splits << count) | 1),
            ],
        };
    }

    private static int Rank(int names, int start, int splits) =>
        names == 1 ? 0
        : names <= MaxSplitNames ? (splits << (names - 1 - start)) + 1
        : Math.Min(start + 1, byte.MaxValue);

    private static JsonField Scalar(string name, string path, DatasetColumn column)
    {
        var scalar = new JsonField(name, path, JsonKind.Scalar)
        {
            Type = column.Type,
            Unit = column.Unit,
            DecimalScale = column.DecimalScale,
            AllowsNull = column.IsNullable,
            IsRequired = !column.IsNullable,
            IsDeclared = true,
            Symbols = column.KeyValues,
            Description = column.Description,
        };
        if (!column.IsVector)
        {
            return scalar;
        }

        JsonField item = scalar with { Name = "", AllowsNull = MissingValues.Has(column.Type), IsRequired = true };
        for (int depth = column.Depth; depth > 1; depth--)
        {
            item = scalar with { Kind = JsonKind.List, Name = "", AllowsNull = true, IsRequired = true, Members = [item] };
        }

        return scalar with { Kind = JsonKind.List, Size = column.Size, Members = [item] };
    }

    /// <param name="field">The value.</param>
    /// <param name="nullable">Whether it may be missing.</param>
    /// <param name="list">The outermost list around it, or null.</param>
    /// <param name="depth">The number of lists around it.</param>
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
            }, field.Type);
            return;
        }

        if (field.Kind == JsonKind.Choice)
        {
            foreach (JsonField type in field.Members)
            {
                Add(type, nullable: true, list, depth, columns);
            }

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
