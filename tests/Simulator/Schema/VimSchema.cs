namespace Migrate.Simulator.Schema;

/// <summary>
/// What the simulator knows of the vim25 type model (vim25.txt): enough to write every object with its properties in
/// the schema's order, its derived types named, and nothing that an older client cannot read.
/// </summary>
public static class VimSchema
{
    private static readonly Dictionary<string, VimType> Types = Load();

    public static IEnumerable<VimType> All => Types.Values;

    public static VimType? Find(string name) => Types.GetValueOrDefault(name);

    public static VimType Get(string name) =>
        Find(name) ?? throw new ArgumentException($"The schema (Schema/types.txt) has no type {name}.", nameof(name));

    private static Dictionary<string, VimType> Load()
    {
        using var stream = typeof(VimSchema).Assembly.GetManifestResourceStream("vim25.txt")
            ?? throw new InvalidOperationException("vim25.txt is not embedded in this assembly.");
        using var reader = new StreamReader(stream);
        var lines = new Dictionary<string, string[]>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line.Split(' ', 3)[1], line.Split(" | "));
        }

        var types = new Dictionary<string, VimType>(StringComparer.Ordinal);
        foreach (var name in lines.Keys)
        {
            Read(name, lines, types);
        }

        return types;
    }

    private static VimType Read(string name, Dictionary<string, string[]> lines, Dictionary<string, VimType> types)
    {
        if (types.TryGetValue(name, out var known))
        {
            return known;
        }

        var parts = lines[name];
        var head = parts[0].Split(' ');
        var baseType = head[3] == "-" ? null : Read(head[3], lines, types);
        var own = parts.Skip(1).Select(Property).Where(p => baseType?.Find(p.Name) is null).ToList();
        var type = new VimType(name, head[0] == "managed", baseType, ApiVersion.Parse(head[4]), own);
        types.Add(name, type);
        return type;
    }

    private static VimProperty Property(string text)
    {
        var words = text.Split(' ');
        var type = words[1].TrimEnd('?');
        var isArray = type.EndsWith("[]", StringComparison.Ordinal);
        return new VimProperty(words[0], isArray ? type[..^2] : type, isArray, words[1].EndsWith('?'), ApiVersion.Parse(words[2]));
    }
}
