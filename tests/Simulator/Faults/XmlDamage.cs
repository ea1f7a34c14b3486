using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Migrate.Simulator.Faults;

/// <summary>
/// Spoils an XML document as unknown versions, faulty servers and bad lines do: types, names, values and order that nobody expects, pieces that are
/// missing, doubled, nested without end, cut or no XML at all. The same random numbers give the same damage.
/// </summary>
public static class XmlDamage
{
    private const int Deep = 20_000;

    private static readonly string[] Types =
        ["VirtualHologram", "vim25:HostSystem", "VirtualDisk", "ArrayOfString", "ArrayOfVirtualDevice", "ManagedObjectReference", "xsd:int", "xsd:dateTime", "xsd:string", "nonsense:x", "", ":"];

    private static readonly string[] Values =
    [
        "", " ", "-1", "0", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "4294967296", "NaN", "1e308", "true", "maybe", "９", "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2026-11-21", "+14:00", "sharingFromTheFuture", "\u0001\u0002", "[", "[ds1]", "[] x", "../../etc/passwd", "vm-0", "host-1", "naa.",
        "52 00", "/", "%00", "vmx-", "vmx-99999999999", "scsi0:0", "-", "\ud83d\ude00", new string('x', 100_000),
    ];

    private static readonly XmlReaderSettings Lenient = new() { CheckCharacters = false, DtdProcessing = DtdProcessing.Prohibit };

    public static byte[] Do(byte[] document, Random random)
    {
        if (random.Next(5) == 0)
        {
            return Bytes(document, random);
        }

        try
        {
            using var reader = XmlReader.Create(new MemoryStream(document), Lenient);
            var xml = XDocument.Load(reader);
            for (var times = random.Next(1, 6); times > 0; times--)
            {
                Elements(xml, random);
            }

            using var result = new MemoryStream();
            using (var writer = XmlWriter.Create(result, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = false }))
            {
                xml.Save(writer);
            }

            return result.ToArray();
        }
        catch (Exception e) when (e is XmlException or ArgumentException)
        {
            return Bytes(document, random);
        }
    }

    private static byte[] Bytes(byte[] document, Random random)
    {
        if (document.Length < 2)
        {
            return [0xff];
        }

        var at = random.Next(document.Length);
        switch (random.Next(6))
        {
            case 0:
                return document[..at];
            case 1:
                return Encoding.UTF8.GetBytes("<html><body><h1>It works!</h1></body></html>");
            case 2:
                return Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(document));
            case 3:
                return [.. document, .. document];
            default:
                var copy = document.ToArray();
                for (var i = random.Next(1, 8); i > 0; i--)
                {
                    copy[random.Next(copy.Length)] = (byte)random.Next(256);
                }

                return copy;
        }
    }

    private static void Elements(XDocument xml, Random random)
    {
        // The envelope stays: what is inside is of interest.
        var all = xml.Descendants().Where(e => e.Name.LocalName is not ("Envelope" or "Body") && e.Parent is not null).ToList();
        if (all.Count == 0)
        {
            return;
        }

        var one = all[random.Next(all.Count)];
        var other = all[random.Next(all.Count)];
        switch (random.Next(11))
        {
            case 0:
                one.Remove();
                break;
            case 1:
                one.AddAfterSelf(Enumerable.Repeat(one, random.Next(1, 4)).Select(e => new XElement(e)));
                break;
            case 2:
                one.Name = one.Name.Namespace + "fromTheFuture";
                break;
            case 3:
                one.SetAttributeValue(XName.Get("type", "http://www.w3.org/2001/XMLSchema-instance"), Types[random.Next(Types.Length)]);
                break;
            case 4:
                one.RemoveNodes();
                break;
            case 5:
                one.ReplaceWith(new XElement(other));
                break;
            case 6:
                one.AddFirst(new XElement(other));
                break;
            case 7 when random.Next(4) == 0:
                var nested = new XElement(one.Name);
                var inner = nested;
                for (var i = 0; i < Deep; i++)
                {
                    var next = new XElement(one.Name);
                    inner.Add(next);
                    inner = next;
                }

                one.AddFirst(nested);
                break;
            default:
                var leaves = all.Where(e => !e.HasElements).ToList();
                (leaves.Count > 0 ? leaves[random.Next(leaves.Count)] : one).Value = Values[random.Next(Values.Length)];
                break;
        }
    }
}
