using System.Text.RegularExpressions;

namespace Migrate.Executor.Preflight;

/// <summary>Whether a text can be the name of an NVMe subsystem or host (NVM Express Base 2.0, 4.5), with every problem it has.</summary>
public static partial class NqnCheck
{
    public const string Discovery = "nqn.2014-08.org.nvmexpress.discovery";
    private const int Shortest = 11;
    private const int Longest = 223;
    private const string UuidForm = "nqn.2014-08.org.nvmexpress:uuid:";

    public static IReadOnlyList<string> Problems(string nqn)
    {
        var problems = new List<string>();
        if (nqn.Any(char.IsWhiteSpace))
        {
            problems.Add("it contains white space (a blank or line end that was copied with it)");
        }

        if (nqn.FirstOrDefault(c => c > 126) is var strange and not '\0')
        {
            problems.Add($"it contains '{strange}' (U+{(int)strange:X4}), which looks like an ASCII character and is none");
        }

        if (nqn.Length is < Shortest or > Longest)
        {
            problems.Add($"it has {nqn.Length} characters, and an NQN has {Shortest} to {Longest}");
        }

        if (!nqn.StartsWith("nqn.", StringComparison.Ordinal))
        {
            problems.Add(nqn.Trim().StartsWith("nqn.", StringComparison.OrdinalIgnoreCase) ? "'nqn' is written in lower case, and comes first" : "it does not begin with 'nqn.'");
        }
        else if (nqn.StartsWith(UuidForm, StringComparison.Ordinal))
        {
            if (!Guid.TryParseExact(nqn[UuidForm.Length..], "D", out var uuid) || nqn[UuidForm.Length..] != uuid.ToString("D"))
            {
                problems.Add("what follows 'uuid:' is no UUID in lower case");
            }
        }
        else if (nqn != Discovery && !DateForm().IsMatch(nqn))
        {
            problems.Add("it is not of the form nqn.yyyy-mm.reverse.domain:name");
        }

        return problems;
    }

    /// <summary>The known name that differs by one or two characters; null where there is none, or it is known as it is.</summary>
    public static string? Near(string nqn, IEnumerable<string> known)
    {
        List<string> all = [.. known];
        return all.Contains(nqn) ? null : all.Select(one => (Name: one, Distance: Distance(nqn.Trim(), one))).Where(one => one.Distance <= 2).OrderBy(one => one.Distance).Select(one => one.Name).FirstOrDefault();
    }

    /// <summary>Levenshtein's: by how many characters put in, left out or exchanged two names differ. NQNs are compared byte by byte, so case counts.</summary>
    private static int Distance(string a, string b)
    {
        int[] before = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var row = new int[b.Length + 1];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), 1 + Math.Min(before[j], row[j - 1]));
            }

            before = row;
        }

        return before[b.Length];
    }

    [GeneratedRegex(@"^nqn\.\d{4}-(0[1-9]|1[0-2])\.[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:.+)?$")]
    private static partial Regex DateForm();
}
