using System.Globalization;
using System.Net;
using static System.FormattableString;

namespace Migrate.Api.Settings;

/// <summary>Makes settings of the kinds that there are, each with its check.</summary>
internal static class SettingKinds
{
    public static Setting<string?> Words(string name, string form, string meaning) => new(name, meaning, null, texts => One(texts)) { Form = form };

    public static Setting<string> WordsOr(string name, string form, string meaning, string usual) =>
        new(name, meaning, usual, One) { Form = form, Default = usual };

    /// <summary>A file that has to be there when the process starts.</summary>
    public static Setting<string?> FileThere(string name, string meaning) => new(name, meaning, null, texts =>
        File.Exists(One(texts)) ? One(texts) : throw new FormatException($"there is no file {One(texts)}, or it is closed to this user"))
    { Form = "FILE", Bounds = "a file that is there" };

    public static Setting<string?> Choice(string name, string meaning, string usual, params string[] choices) => new(name, meaning, usual, texts =>
        choices.Contains(One(texts)) ? One(texts) : throw new FormatException($"'{One(texts)}' is none of {string.Join(", ", choices)}"))
    { Form = string.Join('|', choices), Bounds = string.Join(" or ", choices), Default = usual };

    public static Setting<int> Count(string name, string meaning, int usual, int least, int most, string unit = "") => new(name, meaning, usual, texts =>
        int.TryParse(One(texts), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException(Invariant($"'{One(texts)}' is no whole number from {least} to {most}")))
    { Form = "N", Unit = unit, Bounds = Invariant($"{least} to {most}"), Default = Invariant($"{usual}") };

    public static Setting<double> Rate(string name, string meaning, double usual, double least, double most, string unit) => new(name, meaning, usual, texts =>
        double.TryParse(One(texts), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException(Invariant($"'{One(texts)}' is no number from {least} to {most}")))
    { Form = "N", Unit = unit, Bounds = Invariant($"{least} to {most}"), Default = Invariant($"{usual}") };

    public static Setting<bool> Flag(string name, string meaning) => new(name, meaning, false, texts =>
        bool.TryParse(One(texts), out var value) ? value : throw new FormatException($"'{One(texts)}' is neither true nor false"))
    { Form = "true|false", Bounds = "true or false", Default = "false", IsFlag = true };

    public static Setting<IPAddress> Address(string name, string meaning, IPAddress usual) => new(name, meaning, usual, texts =>
        IPAddress.TryParse(One(texts), out var address) ? address : throw new FormatException($"'{One(texts)}' is no IP address"))
    { Form = "IP", Default = usual.ToString() };

    public static Setting<IPEndPoint?> EndPoint(string name, string meaning) => new(name, meaning, null, texts =>
        IPEndPoint.TryParse(One(texts), out var endPoint) && One(texts).Contains(':', StringComparison.Ordinal) ? endPoint : throw new FormatException($"'{One(texts)}' is no IP address with a port"))
    { Form = "IP:PORT" };

    public static Setting<IReadOnlyList<string>> List(string name, string form, string meaning) => new(name, meaning, [], texts => texts) { Form = form, IsList = true };

    public static string One(IReadOnlyList<string> texts) => texts[^1];
}
