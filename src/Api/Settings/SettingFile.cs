using System.Text.Json;

namespace Migrate.Api.Settings;

/// <summary>
/// The file of settings: one JSON object, each member named as its setting; comments are allowed. Server and workers may share one, so that each passes
/// over what only the other reads.
/// </summary>
internal sealed class SettingFile
{
    public const string UsualPath = "/etc/migrate/migrate.json";
    public const string PathVariable = "MIGRATE_CONFIG";

    private readonly Dictionary<string, IReadOnlyList<string>> _texts = new(StringComparer.Ordinal);

    private SettingFile(string path) => Path = path;

    public string Path { get; }

    /// <summary>False where nobody named one and the usual one is not there.</summary>
    public bool IsThere { get; private set; }

    /// <summary>True when other users of this machine can read or change it.</summary>
    public bool IsOpen { get; private set; }

    public List<string> Problems { get; } = [];

    public IReadOnlyList<string>? Find(Setting setting) => _texts.GetValueOrDefault(setting.Name);

    /// <summary>Null for the usual path, which need not be there.</summary>
    public static SettingFile Read(string? named)
    {
        var file = new SettingFile(System.IO.Path.GetFullPath(named ?? UsualPath));
        try
        {
            var text = File.ReadAllText(file.Path);
            file.IsThere = true;
            file.IsOpen = (File.GetUnixFileMode(file.Path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) != 0;
            file.Parse(text);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && named is null)
        {
            // Nobody has to have one.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Problems.Add($"{file.Path} cannot be read: {e.Message}");
        }

        return file;
    }

    private void Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                Problems.Add($"{Path} holds no JSON object");
                return;
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                Take(member);
            }
        }
        catch (JsonException e)
        {
            // The parser's own message can quote a value; where it is says enough.
            Problems.Add($"{Path} is no valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }
    }

    private void Take(JsonProperty member)
    {
        if (SettingCatalogue.All.FirstOrDefault(x => x.Name == member.Name) is not { } setting)
        {
            Problems.Add($"{Path}: there is no setting '{member.Name}'{Spelling.Hint(member.Name, SettingCatalogue.All.Where(x => !x.IsHidden).Select(x => x.Name))}");
            return;
        }

        var values = member.Value.ValueKind == JsonValueKind.Array && setting.IsList ? [.. member.Value.EnumerateArray()] : new[] { member.Value };
        var texts = values.Select(Text).ToList();
        if (texts.Contains(null))
        {
            Problems.Add($"{Path}: '{member.Name}' takes {(setting.IsList ? "an array of strings" : "one string, number, true or false")}");
        }
        else
        {
            _texts[member.Name] = texts!;
        }
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };
}
