using System.Text;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>
/// Reads VMware's dictionary format (.vmx, .vmtx, .vmsd): lines of <c>name = "value"</c>, comments after #, characters as |hh, and
/// <c>.encoding</c>, which says in which encoding all of it is written. What a line has wrong is a problem of that line.
/// </summary>
internal static class VmxFile
{
    /// <summary>Code pages of VMware's products in Asia and Europe come under these and other names; the framework has them all.</summary>
    private static readonly EncodingProvider CodePages = CodePagesEncodingProvider.Instance;

    public static VmxSettings Parse(byte[] bytes, string fileName, Problems problems)
    {
        var encoding = EncodingOf(bytes, fileName, problems);
        var text = encoding.GetString(bytes).TrimStart('\uFEFF');
        if (text.Contains('\uFFFD'))
        {
            problems.Add(fileName, $"some of its bytes are no {encoding.WebName}; the characters in their places are lost");
        }

        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (Setting(line.Trim(), encoding, out var cause) is not { } setting)
            {
                if (cause is not null)
                {
                    problems.Add($"{fileName} line {number}", cause);
                }
            }
            else if (!values.TryAdd(setting.Name, setting.Value) && values[setting.Name] != setting.Value)
            {
                problems.Add($"{fileName} line {number}", $"{setting.Name} is set again, to '{setting.Value}'; its first value '{values[setting.Name]}' was taken");
            }
        }

        return new VmxSettings(values);
    }

    private static (string Name, string Value)? Setting(string line, Encoding encoding, out string? cause)
    {
        cause = null;
        // "#!/usr/bin/vmware" starts old files.
        if (line.Length == 0 || line[0] == '#')
        {
            return null;
        }

        var equals = line.IndexOf('=');
        var name = equals < 0 ? "" : line[..equals].Trim();
        if (name.Length == 0 || name.Any(c => char.IsControl(c) || c == '"'))
        {
            cause = "it is no name = \"value\" and was passed over";
            return null;
        }

        var rest = line[(equals + 1)..].Trim();
        if (!rest.StartsWith('"'))
        {
            var comment = rest.IndexOf('#');
            return (name, Unescape((comment < 0 ? rest : rest[..comment]).Trim(), encoding));
        }

        // A quote inside of a value is written |22, so that the next one ends it.
        var end = rest.IndexOf('"', 1);
        return (name, Unescape(end < 0 ? rest[1..] : rest[1..end], encoding));
    }

    /// <summary>|hh is a byte in the file's encoding; several beside each other may be one character.</summary>
    private static string Unescape(string value, Encoding encoding)
    {
        if (!value.Contains('|'))
        {
            return value;
        }

        var text = new StringBuilder();
        var bytes = new List<byte>();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '|' && i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
            {
                bytes.Add(Convert.ToByte(value.Substring(i + 1, 2), 16));
                i += 2;
                continue;
            }

            Flush();
            text.Append(value[i]);
        }

        Flush();
        return text.ToString();

        void Flush()
        {
            text.Append(encoding.GetString([.. bytes]));
            bytes.Clear();
        }
    }

    private static Encoding EncodingOf(byte[] bytes, string fileName, Problems problems)
    {
        if (bytes is [0xFF, 0xFE, ..])
        {
            return Encoding.Unicode;
        }

        if (bytes is [0xFE, 0xFF, ..])
        {
            return Encoding.BigEndianUnicode;
        }

        if (Declared(bytes) is not { } name)
        {
            return IsUtf8(bytes) ? Encoding.UTF8 : CodePages.GetEncoding(1252)!;
        }

        if (Known(name) is { } encoding)
        {
            return encoding;
        }

        var instead = IsUtf8(bytes) ? Encoding.UTF8 : CodePages.GetEncoding(1252)!;
        problems.Add(fileName, $"its encoding '{name}' is not known; it was read as {instead.WebName}");
        return instead;
    }

    private static Encoding? Known(string name)
    {
        // windows-932 and the like: ICU's names of what .NET calls by number.
        if (name.StartsWith("windows-", StringComparison.OrdinalIgnoreCase) && int.TryParse(name["windows-".Length..], out var page) && page is > 0 and < 65536)
        {
            return CodePages.GetEncoding(page);
        }

        try
        {
            return CodePages.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The value of .encoding; the line itself is ASCII in every encoding that VMware writes.</summary>
    private static string? Declared(byte[] bytes)
    {
        foreach (var line in Encoding.Latin1.GetString(bytes).Split('\n'))
        {
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && parts[0].Equals(".encoding", StringComparison.OrdinalIgnoreCase))
            {
                return parts[1].Trim('"', ' ');
            }
        }

        return null;
    }

    private static bool IsUtf8(byte[] bytes)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
