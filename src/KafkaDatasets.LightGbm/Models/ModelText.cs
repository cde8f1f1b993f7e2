using System.Globalization;
using System.Text;

namespace KafkaDatasets.LightGbm.Models;

/// <summary>A model in LightGBM's text format, changed so that ML.NET, which reads 32-bit features and one slot for each category, gives the same scores.</summary>
internal static class ModelText
{
    private const string CategoricalParameter = "[categorical_feature:";

    /// <summary>The value of a tree with one leaf whose value is zero: ML.NET leaves such trees out, and fails when there are no others. The score as a 32-bit number is zero.</summary>
    private const string AlmostZero = "1E-300";

    private const string GainParameter = "[label_gain:";

    private const string Importances = "feature_importances:";

    /// <summary>The largest category that a split of the model mentions, by feature; features without such a split are absent.</summary>
    public static IReadOnlyDictionary<int, int> LargestCategories(string model)
    {
        var largest = new Dictionary<int, int>();
        foreach (Dictionary<string, string> tree in Trees(model).Where(t => t.TryGetValue("num_cat", out string? count) && count != "0"))
        {
            int[] features = Numbers(tree["split_feature"]);
            int[] kinds = Numbers(tree["decision_type"]);
            string[] thresholds = tree["threshold"].Split(' ');
            int[] bounds = Numbers(tree["cat_boundaries"]);
            uint[] bits = [.. tree["cat_threshold"].Split(' ').Select(b => uint.Parse(b, CultureInfo.InvariantCulture))];
            for (int node = 0; node < features.Length; node++)
            {
                if (IsCategorical(kinds[node]))
                {
                    int set = int.Parse(thresholds[node], CultureInfo.InvariantCulture);
                    for (int word = bounds[set]; word < bounds[set + 1]; word++)
                    {
                        if (bits[word] != 0)
                        {
                            int category = ((word - bounds[set]) * 32) + 31 - int.CreateChecked(uint.LeadingZeroCount(bits[word]));
                            largest[features[node]] = Math.Max(largest.GetValueOrDefault(features[node]), category);
                        }
                    }
                }
            }
        }

        return largest;
    }

    /// <summary>Rounds thresholds down to 32-bit numbers, which decides the same for 32-bit features, and moves features to the slots where they begin.</summary>
    /// <param name="model">The model.</param>
    /// <param name="slots">The first slot of each feature.</param>
    /// <param name="count">The number of slots.</param>
    public static string ForMLNet(string model, IReadOnlyList<int> slots, int count)
    {
        var text = new StringBuilder(model.Length);
        Queue<int[]> kinds = new(Trees(model).Select(t => t.TryGetValue("decision_type", out string? k) ? Numbers(k) : []));
        int[] current = [];
        foreach (string line in Lines(model))
        {
            if (line.StartsWith(GainParameter, StringComparison.Ordinal))
            {
                continue; // ML.NET fails to read these numbers, which only a training needs
            }

            if (line.StartsWith("Tree=", StringComparison.Ordinal))
            {
                current = kinds.Dequeue();
            }

            text.Append(line.Split('=', 2) switch
            {
                ["split_feature", { Length: > 0 } values] => $"split_feature={string.Join(' ', Numbers(values).Select(f => slots[f].ToString(CultureInfo.InvariantCulture)))}",
                ["threshold", { Length: > 0 } values] => $"threshold={string.Join(' ', values.Split(' ').Select((v, node) => IsCategorical(current[node]) ? v : Floor(v)))}",
                ["leaf_value", "0"] => $"leaf_value={AlmostZero}",
                ["max_feature_idx", _] => string.Create(CultureInfo.InvariantCulture, $"max_feature_idx={count - 1}"),
                _ => line.StartsWith(CategoricalParameter, StringComparison.Ordinal) ? $"{CategoricalParameter} ]" : line, // ML.NET takes these numbers for slots
            }).Append('\n');
        }

        return text.ToString(0, text.Length - 1);
    }

    private static bool IsCategorical(int decisionType) => (decisionType & 1) != 0;

    private static string Floor(string threshold)
    {
        double value = double.Parse(threshold, NumberStyles.Float, CultureInfo.InvariantCulture);
        float floor = (float)value;
        return (floor > value ? float.BitDecrement(floor) : floor).ToString("R", CultureInfo.InvariantCulture);
    }

    private static int[] Numbers(string values) => [.. values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => int.Parse(v, CultureInfo.InvariantCulture))];

    /// <summary>The lines without those on the importance of each feature: they begin with a feature's name, which may be that of any part of the model, and ML.NET recognizes the parts by how lines begin.</summary>
    private static IEnumerable<string> Lines(string model)
    {
        bool isImportance = false;
        foreach (string line in model.Split('\n'))
        {
            isImportance = line == Importances || (isImportance && line.Length > 0);
            if (!isImportance)
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<Dictionary<string, string>> Trees(string model)
    {
        Dictionary<string, string>? tree = null;
        foreach (string line in Lines(model))
        {
            if (line.StartsWith("Tree=", StringComparison.Ordinal))
            {
                tree = [];
            }
            else if (tree is not null && line.Split('=', 2) is [var name, var value])
            {
                tree[name] = value;
            }
            else if (tree is not null && line.Length == 0)
            {
                yield return tree;
                tree = null;
            }
        }
    }
}
