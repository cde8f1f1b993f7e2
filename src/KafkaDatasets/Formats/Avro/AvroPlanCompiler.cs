using System.Diagnostics;
using System.Text;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using Newtonsoft.Json.Linq;
using ArraySchema = global::Avro.ArraySchema;
using AvroField = global::Avro.Field;
using EnumSchema = global::Avro.EnumSchema;
using FixedSchema = global::Avro.FixedSchema;
using LogicalSchema = global::Avro.LogicalSchema;
using MapSchema = global::Avro.MapSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Formats.Avro;

/// <summary>
/// Resolves a writer's schema to the dataset's by the rules of the Avro specification ("Schema Resolution": fields by name and alias,
/// promotions, defaults, enum defaults) and creates the steps that store the wanted fields in a block's columns.
/// </summary>
/// <remarks>What no wanted column needs is skipped by the writer's schema alone: it is not resolved, and its values are not judged.</remarks>
internal sealed class AvroPlanCompiler
{
    /// <summary>The most records that are skipped inline.</summary>
    private const int MaxInlined = 200;

    private const string ConnectDefault = "ConnectDefault";

    private readonly PartLayout _layout;
    private readonly ILookup<string, ColumnTarget> _targets;
    private readonly WantedColumns _wanted;
    private readonly HashSet<RecordSchema> _open = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RecordSchema, AvroStep[]?> _skips = new(ReferenceEqualityComparer.Instance);
    private int _inlined;

    private AvroPlanCompiler(WantedColumns wanted, PartLayout layout)
    {
        _wanted = wanted;
        _layout = layout;
        _targets = layout.Targets;
    }

    /// <summary>Compiles a plan.</summary>
    /// <param name="writer">The schema of the values.</param>
    /// <param name="reader">The dataset's schema.</param>
    /// <param name="wanted">The columns that were requested by name when the dataset's columns were defined.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <exception cref="IncompatibleSchemaException">The writer's schema cannot be resolved to the reader's; the exception names the field.</exception>
    public static AvroPlan Compile(Schema writer, Schema reader, WantedColumns wanted, PartLayout layout)
    {
        CheckType(writer, reader);
        var compiler = new AvroPlanCompiler(wanted, layout);
        var code = new Code();
        compiler.Value(code, writer, reader, AvroColumns.RootPath(reader, layout.Part.Root), 0);
        return new AvroPlan(code.ToArray(), layout);
    }

    /// <summary>Checks that records are of the dataset's type, not of another type in the same topic whose fields happen to match.</summary>
    private static void CheckType(Schema writer, Schema reader)
    {
        if (Base(writer) is RecordSchema written && Base(reader) is RecordSchema read && !SameName(written, read))
        {
            throw new IncompatibleSchemaException("", $"they are of type {written.Fullname}, not {read.Fullname}")
            {
                Remedy = RemedyOf(written, read),
            };
        }
    }

    /// <summary>Returns what to do about two records of different names, or null for other types.</summary>
    private static string? RemedyOf(Schema writer, Schema reader) => (writer, reader) is (RecordSchema written, RecordSchema read)
        ? $"If it is the same type under a new name, name '{written.Name}' among the aliases of {read.Fullname} in the dataset's schema."
        : null;

    /// <summary>Adds the steps for a value.</summary>
    /// <param name="code">The steps to add to.</param>
    /// <param name="declaredWriter">The writer's schema.</param>
    /// <param name="declaredReader">The reader's schema.</param>
    /// <param name="path">The path of its columns.</param>
    /// <param name="depth">The number of lists around it.</param>
    private void Value(Code code, Schema declaredWriter, Schema declaredReader, string path, int depth)
    {
        if (!_layout.IsWanted(path))
        {
            Skip(code, declaredWriter, path);
            return;
        }

        Schema writer = Base(declaredWriter);
        Schema reader = Base(declaredReader);
        if (writer is UnionSchema union)
        {
            code.Add(new AvroStep(AvroStepKind.Union, path) { Branches = [.. union.Schemas.Select(branch => Branch(branch, declaredReader, path, depth))] });
        }
        else if (reader is UnionSchema readers)
        {
            Choose(code, declaredWriter, readers, path, depth);
        }
        else if (!Match(writer, reader))
        {
            throw new IncompatibleSchemaException(path, $"the writer's {Describe(writer)} does not fit the dataset's {Describe(reader)}") { Remedy = RemedyOf(writer, reader) };
        }
        else
        {
            switch (reader)
            {
                case RecordSchema record:
                    Record(code, (RecordSchema)writer, record, path, depth);
                    break;
                case ArraySchema array:
                    List(code, (ArraySchema)writer, array, path, depth);
                    break;
                case MapSchema map:
                    Map(code, (MapSchema)writer, map, path, depth);
                    break;
                default:
                    Scalar(code, declaredWriter, declaredReader, path, depth);
                    break;
            }
        }
    }

    /// <summary>Adds the steps for a value that is one branch of the reader's union: the columns of the other branches are missing.</summary>
    /// <remarks>A branch of the writer's full name goes before one with that name as an alias, and that before one that shares only the last part of the name.</remarks>
    private void Choose(Code code, Schema writer, UnionSchema readers, string path, int depth)
    {
        Schema match = readers.Schemas.FirstOrDefault(r => Base(writer).Tag == Base(r).Tag && Base(writer).Fullname == Base(r).Fullname)
            ?? readers.Schemas.FirstOrDefault(r => Base(writer).Tag == Base(r).Tag && Aliases(Base(r)).Contains(Base(writer).Fullname))
            ?? readers.Schemas.FirstOrDefault(r => Base(writer).Tag == Base(r).Tag && Base(writer).Name == Base(r).Name && Match(Base(writer), Base(r)))
            ?? readers.Schemas.FirstOrDefault(r => Base(writer).Tag == Base(r).Tag && Match(Base(writer), Base(r)))
            ?? readers.Schemas.FirstOrDefault(r => Match(Base(writer), Base(r)))
            ?? throw new IncompatibleSchemaException(path, $"the writer's {Describe(Base(writer))} is not a branch of the dataset's {Describe(readers)}");
        if (match.Tag == Schema.Type.Null)
        {
            Missing(code, readers, path, depth);
        }
        else if (AvroTypes.IsWide(readers))
        {
            foreach ((Schema branch, string name) in AvroTypes.Branches(readers))
            {
                if (ReferenceEquals(branch, match))
                {
                    Value(code, writer, branch, ColumnPath.Join(path, name), depth);
                }
                else
                {
                    Missing(code, branch, ColumnPath.Join(path, name), depth);
                }
            }
        }
        else
        {
            Value(code, writer, match, path, depth);
        }
    }

    private AvroStep[] Branch(Schema writer, Schema reader, string path, int depth)
    {
        var code = new Code();
        try
        {
            Value(code, writer, reader, path, depth);
        }
        catch (IncompatibleSchemaException e)
        {
            return [new AvroStep(AvroStepKind.Fail, e.Field) { Reason = e.Reason }];
        }

        return code.ToArray();
    }

    private void Record(Code code, RecordSchema writer, RecordSchema reader, string path, int depth)
    {
        var found = new HashSet<string>();
        foreach (AvroField field in writer.Fields)
        {
            AvroField? wanted = reader.Fields.Find(f => f.Name == field.Name)
                ?? reader.Fields.Find(f => f.Aliases?.Contains(field.Name) == true && !writer.Contains(f.Name));
            if (wanted is not null && found.Add(wanted.Name))
            {
                Value(code, field.Schema, wanted.Schema, ColumnPath.Join(path, wanted.Name), depth);
            }
            else
            {
                Skip(code, field.Schema, ColumnPath.Join(path, field.Name));
            }
        }

        foreach (AvroField missing in reader.Fields.Where(f => !found.Contains(f.Name) && _layout.IsWanted(ColumnPath.Join(path, f.Name))))
        {
            string name = ColumnPath.Join(path, missing.Name);
            if (missing.DefaultValue is not { } value)
            {
                throw new IncompatibleSchemaException(name, "the writer's schema does not have the field, and the dataset's schema has no default for it") { IsNewField = true };
            }

            byte[] encoded = AvroDefaults.Encode(missing.Schema, value, name);
            code.Add(new AvroStep(AvroStepKind.Default, name) { Encoded = encoded, Branches = [Steps(missing.Schema, missing.Schema, name, depth)] });
        }
    }

    private void Scalar(Code code, Schema declaredWriter, Schema declaredReader, string path, int depth)
    {
        ColumnTarget[] targets = _targets.Values(path);
        Schema writer = Base(declaredWriter);
        if (targets.Length == 0 && AvroTypes.ItemsOf(declaredReader) is null)
        {
            Skip(code, writer, path); // only the sizes of the enclosing lists are wanted
            return;
        }

        if (!AvroMeanings.Fit(declaredWriter, declaredReader))
        {
            throw new IncompatibleSchemaException(path, $"the writer's {AvroTypes.Describe(declaredWriter)} does not fit the dataset's {AvroTypes.Describe(declaredReader)}");
        }

        string? logical = AvroTypes.LogicalOf(declaredReader)?.LogicalTypeName;
        int length = writer is FixedSchema { Size: var size } ? size : -1;
        if (AvroTime.Unit(logical) is { } unit)
        {
            AvroTimeUnit written = AvroTime.Unit(AvroTypes.LogicalOf(declaredWriter)?.LogicalTypeName) ?? unit; // a date is the timestamp at which it begins
            code.Add(new AvroStep(AvroStepKind.Time, path) { Targets = targets, Unit = written, Length = writer.Tag == Schema.Type.Int ? sizeof(int) : sizeof(long) });
            return;
        }

        if (logical == "decimal")
        {
            LogicalSchema scaled = AvroTypes.LogicalOf(declaredWriter) is { LogicalTypeName: "decimal" } own ? own : AvroTypes.LogicalOf(declaredReader)!;
            code.Add(new AvroStep(AvroStepKind.Decimal, path) { Targets = targets, Length = length, Scale = ScaleOf(scaled) });
            return;
        }

        if (logical == AvroTypes.FixedUuid)
        {
            code.Add(new AvroStep(AvroStepKind.Uuid, path) { Targets = targets });
            return;
        }

        if (AvroTypes.ItemsOf(declaredReader) is not null)
        {
            code.Add(new AvroStep(logical == "duration" ? AvroStepKind.Duration : AvroStepKind.Bytes, path)
            {
                Targets = targets,
                Length = length,
                Vectors = depth == 0 ? targets : [],
                Lengths = _targets.Lengths(path, depth),
            });
            return;
        }

        switch (writer.Tag)
        {
            case Schema.Type.Null:
                Missing(code, declaredReader, path, depth);
                break;
            case Schema.Type.Boolean:
                code.Fixed(path, 1, ColumnType.Boolean, targets);
                break;
            case Schema.Type.Float:
                code.Fixed(path, sizeof(float), ColumnType.Single, _layout.Values(path, ColumnType.Single));
                break;
            case Schema.Type.Double:
                code.Fixed(path, sizeof(double), ColumnType.Double, _layout.Values(path, ColumnType.Double));
                break;
            case Schema.Type.Int:
                code.Add(new AvroStep(AvroStepKind.Int, path) { Targets = targets });
                break;
            case Schema.Type.Long:
                code.Add(new AvroStep(AvroStepKind.Long, path) { Targets = targets });
                break;
            case Schema.Type.String or Schema.Type.Bytes:
                code.Add(new AvroStep(AvroStepKind.Text, path) { Targets = targets });
                break;
            case Schema.Type.Enumeration:
                code.Add(new AvroStep(AvroStepKind.Enum, path) { Targets = targets, Symbols = Symbols((EnumSchema)writer, (EnumSchema)Base(declaredReader)) });
                break;
            default:
                throw new UnreachableException($"a column of the Avro type {Describe(writer)}");
        }
    }

    private void List(Code code, ArraySchema writer, ArraySchema reader, string path, int depth)
    {
        Schema item = Base(writer.ItemSchema);
        AvroStep[] steps = Steps(writer.ItemSchema, reader.ItemSchema, path, depth + 1);
        code.Add(new AvroStep(AvroStepKind.List, path)
        {
            Targets = _targets.Values(path),
            Vectors = depth == 0 ? Of(reader, path) : [],
            Lengths = _targets.Lengths(path, depth),
            Branches = [steps],
            Bulk = steps is not [{ Kind: AvroStepKind.Fixed }] ? null : item.Tag switch
            {
                Schema.Type.Float => ColumnType.Single,
                Schema.Type.Double => ColumnType.Double,
                _ => null,
            },
        });
    }

    private void Map(Code code, MapSchema writer, MapSchema reader, string path, int depth)
    {
        string[] keys = [.. AvroColumns.Keys(path, reader, _wanted).Where(key => _layout.IsWanted(ColumnPath.Join(path, key)))];
        code.Add(new AvroStep(AvroStepKind.Map, path)
        {
            Branches = [SkipSteps(writer.ValueSchema, path)],
            Keys = new NameTable(keys),
            Values =
            [
                .. keys.Select(key =>
                {
                    string name = ColumnPath.Join(path, key);
                    var missing = new Code();
                    Missing(missing, reader.ValueSchema, name, depth);
                    return (SkipSteps(writer.ValueSchema, name), Steps(writer.ValueSchema, reader.ValueSchema, name, depth), missing.ToArray());
                }),
            ],
        });
    }

    private AvroStep[] Steps(Schema writer, Schema reader, string path, int depth)
    {
        var code = new Code();
        Value(code, writer, reader, path, depth);
        return code.ToArray();
    }

    /// <summary>Adds the steps for an absent value: each of its columns gets a missing value or list, which within a list counts as one item, with empty inner lists.</summary>
    private void Missing(Code code, Schema reader, string path, int depth)
    {
        ColumnTarget[] all = Of(reader, path);
        if (Array.FindAll(all, t => t.Field.Depth == depth) is { Length: > 0 } items)
        {
            code.Add(new AvroStep(AvroStepKind.Missing, path) { Targets = items });
        }

        if (depth == 0 && Array.FindAll(all, t => t.Field.Depth > 0) is { Length: > 0 } lists)
        {
            code.Add(new AvroStep(AvroStepKind.MissingList, path) { Targets = lists });
        }
    }

    /// <summary>Returns the targets of all columns of a value.</summary>
    private ColumnTarget[] Of(Schema reader, string path) => AvroColumns.HasFields(reader)
        ? [.. _targets.Where(t => ColumnPath.IsWithin(t.Key, path)).SelectMany(t => t)]
        : [.. _targets.Values(path), .. _targets.SelectMany(t => t).Where(t => t.Field.IsLengths && t.Field.Name == ColumnList.LengthsPath(path, t.Field.Depth))];

    private static int ScaleOf(LogicalSchema schema) => schema.GetProperty("scale") is { } scale ? int.Parse(scale, System.Globalization.CultureInfo.InvariantCulture) : 0;

    /// <summary>Skips a value by its structure alone.</summary>
    private void Skip(Code code, Schema writer, string path)
    {
        switch (Base(writer))
        {
            case { Tag: Schema.Type.Null }:
                break;
            case { Tag: Schema.Type.Boolean }:
                code.Fixed(path, 1, null, []);
                break;
            case { Tag: Schema.Type.Float }:
                code.Fixed(path, sizeof(float), null, []);
                break;
            case { Tag: Schema.Type.Double }:
                code.Fixed(path, sizeof(double), null, []);
                break;
            case FixedSchema fixedSchema:
                code.Fixed(path, fixedSchema.Size, null, []);
                break;
            case { Tag: Schema.Type.Int or Schema.Type.Long or Schema.Type.Enumeration }:
                code.Add(new AvroStep(AvroStepKind.Long, path));
                break;
            case { Tag: Schema.Type.String or Schema.Type.Bytes }:
                code.Add(new AvroStep(AvroStepKind.Text, path));
                break;
            case UnionSchema union:
                code.Add(new AvroStep(AvroStepKind.Union, path) { Branches = [.. union.Schemas.Select(b => SkipSteps(b, path))] });
                break;
            case ArraySchema array:
                code.Add(new AvroStep(AvroStepKind.SkipBlocks, path) { Branches = [SkipSteps(array.ItemSchema, path)] });
                break;
            case MapSchema map:
                code.Add(new AvroStep(AvroStepKind.SkipBlocks, path)
                {
                    Branches = [[new AvroStep(AvroStepKind.Text, path), .. SkipSteps(map.ValueSchema, path)]],
                });
                break;
            case RecordSchema record:
                SkipRecord(code, record, path);
                break;
            default:
                throw new UnreachableException($"the Avro type {Describe(writer)}");
        }
    }

    private AvroStep[] SkipSteps(Schema writer, string path)
    {
        var code = new Code();
        Skip(code, writer, path);
        return code.ToArray();
    }

    /// <summary>Skips a record's fields inline; a recursive record, or one that would make the plan too long, gets its own steps.</summary>
    private void SkipRecord(Code code, RecordSchema record, string path)
    {
        if (_inlined < MaxInlined && _open.Add(record))
        {
            _inlined++;
            SkipFields(code, record, path);
            _open.Remove(record);
            return;
        }

        if (!_skips.ContainsKey(record))
        {
            _skips[record] = null;
            var body = new Code();
            SkipFields(body, record, path);
            _skips[record] = body.ToArray();
        }

        code.Add(new AvroStep(AvroStepKind.Call, path) { Call = () => _skips[record]! });
    }

    private void SkipFields(Code code, RecordSchema record, string path)
    {
        foreach (AvroField field in record.Fields)
        {
            Skip(code, field.Schema, ColumnPath.Join(path, field.Name));
        }
    }

    private static (byte[] Symbol, int Index)[] Symbols(EnumSchema writer, EnumSchema reader)
    {
        return [.. writer.Symbols.Select(symbol =>
        {
            string resolved = reader.Contains(symbol) ? symbol : reader.Default ?? symbol;
            return (Encoding.UTF8.GetBytes(resolved), reader.Symbols.IndexOf(resolved));
        })];
    }

    private static bool Match(Schema writer, Schema reader) => (writer.Tag, reader.Tag) switch
    {
        (Schema.Type.Union, _) or (_, Schema.Type.Union) => true,
        (Schema.Type.Record, Schema.Type.Record) => SameName(writer, reader),
        (Schema.Type.Enumeration, Schema.Type.Enumeration) => SameName(writer, reader),
        (Schema.Type.Fixed, Schema.Type.Fixed) => SameName(writer, reader) && ((FixedSchema)writer).Size == ((FixedSchema)reader).Size,
        (Schema.Type.Array, Schema.Type.Array) => Match(Base(((ArraySchema)writer).ItemSchema), Base(((ArraySchema)reader).ItemSchema)),
        (Schema.Type.Map, Schema.Type.Map) => Match(Base(((MapSchema)writer).ValueSchema), Base(((MapSchema)reader).ValueSchema)),
        var (w, r) when w == r => true,
        (Schema.Type.Int, Schema.Type.Long or Schema.Type.Float or Schema.Type.Double) => true,
        (Schema.Type.Long, Schema.Type.Float or Schema.Type.Double) => true,
        (Schema.Type.Float, Schema.Type.Double) => true,
        (Schema.Type.String, Schema.Type.Bytes) or (Schema.Type.Bytes, Schema.Type.String) => true,
        _ => false,
    };

    /// <summary>Whether two names match by their last part, as the specification requires for named types ("both schemas are records with the same (unqualified) name"), or by an alias.</summary>
    private static bool SameName(Schema writer, Schema reader) =>
        writer.Name == reader.Name || (IsNumbered(writer.Name) && IsNumbered(reader.Name)) || Aliases(reader).Any(alias => alias.Split('.')[^1] == writer.Name);

    /// <summary>Whether Kafka Connect's converter made the name up, for a struct without one; it numbers them, so that another struct before it changes the name.</summary>
    private static bool IsNumbered(string name) =>
        name.StartsWith(ConnectDefault, StringComparison.Ordinal) && name.AsSpan(ConnectDefault.Length).ContainsAnyExceptInRange('0', '9') is false;

    /// <summary>Returns a named type's aliases with their namespaces, which Apache.Avro does not expose.</summary>
    private static IEnumerable<string> Aliases(Schema schema) =>
        JToken.Parse(schema.ToString()) is JObject { } type && type["aliases"] is JArray aliases ? aliases.Values<string>().OfType<string>() : [];

    private static Schema Base(Schema schema) => AvroTypes.Base(schema);

    /// <summary>Describes a type, by its name if it has one.</summary>
    public static string Describe(Schema schema) => schema switch
    {
        UnionSchema union => $"union [{string.Join(", ", union.Schemas.Select(Describe))}]",
        ArraySchema array => $"array of {Describe(Base(array.ItemSchema))}",
        MapSchema map => $"map of {Describe(Base(map.ValueSchema))}",
        _ => schema.Tag is Schema.Type.Record or Schema.Type.Enumeration or Schema.Type.Fixed ? $"{schema.Tag.ToString().ToLowerInvariant()} {schema.Fullname}" : schema.Tag.ToString().ToLowerInvariant(),
    };

    /// <summary>The steps created so far, and a run of fixed-width fields that is still open.</summary>
    private sealed class Code
    {
        private readonly List<AvroStep> _steps = [];
        private readonly FixedRun _run = new();

        public void Fixed(string field, int length, ColumnType? source, ColumnTarget[] targets) => _run.Add(field, length, source, targets);

        public void Add(AvroStep step)
        {
            _run.Flush(_steps);
            _steps.Add(step);
        }

        public AvroStep[] ToArray()
        {
            _run.Flush(_steps);
            return [.. _steps];
        }
    }
}
