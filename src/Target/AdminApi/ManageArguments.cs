namespace Migrate.Target.AdminApi;

/// <summary>Words and options of a management command, in any order.</summary>
internal sealed class ManageArguments
{
    private static readonly string[] Flags = ["--any-host", "--allow-data-loss", "--delete-backing", "--preallocate"];
    private static readonly string[] Everywhere = ["--socket", "--address", "--token-file", "--authority"];

    /// <summary>Each command with its options: one that has no meaning there may be a mistake that matters, and nothing is done.</summary>
    private static readonly Dictionary<string, string[]> Commands = new()
    {
        ["status"] = [],
        ["subsystem list"] = [],
        ["subsystem add"] = ["--any-host"],
        ["subsystem remove"] = [],
        ["namespace list"] = ["--subsystem"],
        ["namespace add"] = ["--subsystem", "--block-size", "--nsid", "--ana-group", "--backing", "--direct", "--preallocate"],
        ["namespace resize"] = ["--allow-data-loss"],
        ["namespace online"] = [],
        ["namespace offline"] = [],
        ["namespace remove"] = ["--delete-backing"],
        ["host list"] = [],
        ["host allow"] = ["--subsystem"],
        ["host disallow"] = ["--subsystem"],
        ["host drain"] = ["--patience"],
        ["host resume"] = [],
        ["ana set"] = ["--subsystem", "--port", "--group"],
    };

    private readonly Dictionary<string, string> _options = [];

    private ManageArguments(IReadOnlyList<string> words) => Words = words;

    public IReadOnlyList<string> Words { get; }

    /// <exception cref="FormatException">An unknown command, or an option that does not belong to it or lacks its value.</exception>
    public static ManageArguments Parse(string[] args)
    {
        var words = new List<string>();
        var parsed = new ManageArguments(words);
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                words.Add(name);
            }
            else
            {
                parsed._options[name] = Flags.Contains(name) ? "" : ++i < args.Length ? args[i] : throw new FormatException($"{name} needs a value");
            }
        }

        var command = string.Join(' ', words.Take(2));
        if (!Commands.TryGetValue(command, out var options))
        {
            throw new FormatException($"unknown command \"{command}\"");
        }

        return parsed._options.Keys.FirstOrDefault(o => !options.Contains(o) && !Everywhere.Contains(o)) is { } stray
            ? throw new FormatException($"option {stray} does not belong to \"{command}\"")
            : parsed;
    }

    public string? Option(string name) => _options.GetValueOrDefault(name);

    public bool Flag(string name) => _options.ContainsKey(name);
}
