using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FugakuDnn.Exports.Generate;

/// <summary>The XML documentation that the compiler wrote beside the assemblies, as plain text.</summary>
public sealed partial class Documentation
{
    private readonly Dictionary<string, XElement> _members = [];

    public Documentation(params ReadOnlySpan<Assembly> assemblies)
    {
        foreach (var assembly in assemblies)
        {
            foreach (var member in XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
            {
                _members[(string)member.Attribute("name")!] = member;
            }
        }
    }

    public string Of(Type type) => Summary($"T:{type.FullName}");

    public string Of(FieldInfo field) => Summary($"F:{field.DeclaringType!.FullName}.{field.Name}");

    public string Of(MethodInfo method) => Text(Member(method)?.Element("summary"));

    public string Of(MethodInfo method, string parameter) =>
        Text(Member(method)?.Elements("param").FirstOrDefault(element => (string?)element.Attribute("name") == parameter));

    private XElement? Member(MethodInfo method)
    {
        string prefix = $"M:{method.DeclaringType!.FullName}.{method.Name}";
        return _members.FirstOrDefault(pair => pair.Key == prefix || pair.Key.StartsWith(prefix + "(", StringComparison.Ordinal)).Value;
    }

    private string Summary(string key) => Text(_members.GetValueOrDefault(key)?.Element("summary"));

    private static string Text(XElement? element)
    {
        if (element is null)
        {
            return "";
        }

        var words = element.Nodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "c" } code => code.Value,
            XElement reference => ((string?)reference.Attribute("cref") ?? reference.Value).Split('.')[^1],
            _ => "",
        });
        return Blanks().Replace(string.Concat(words), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
