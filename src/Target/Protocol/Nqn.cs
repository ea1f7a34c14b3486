using System.Text;

namespace Migrate.Target.Protocol;

/// <summary>NVMe Qualified Names (NVM Express Base 2.0, 4.5): at most 223 bytes, in a field of 256.</summary>
internal static class Nqn
{
    public const int FieldSize = 256;
    public const int MaxBytes = 223;
    public const string Discovery = "nqn.2014-08.org.nvmexpress.discovery";

    /// <summary>Null when the name is well formed, or what is wrong with it.</summary>
    public static string? Problem(string nqn)
    {
        if (!nqn.StartsWith("nqn.", StringComparison.Ordinal))
        {
            return "it does not begin with \"nqn.\"";
        }

        if (Encoding.UTF8.GetByteCount(nqn) > MaxBytes)
        {
            return $"it is longer than {MaxBytes} bytes";
        }

        if (nqn.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
        {
            return "it holds white space";
        }

        // nqn.yyyy-mm.domain[:text]; the form nqn.2014-08.org.nvmexpress:uuid:<uuid> has the same shape.
        var dated = nqn.Length > 12 && nqn[8] == '-' && nqn[11] == '.' && nqn[4..8].All(char.IsAsciiDigit) && nqn[9..11].All(char.IsAsciiDigit);
        return dated ? null : "it has no date and domain (nqn.yyyy-mm.domain:name)";
    }
}
