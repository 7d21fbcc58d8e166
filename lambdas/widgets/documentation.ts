/** What CloudWatch shows beside the widget while somebody edits it, in Markdown. */
export const documentation = `## Millrace
What a platform holds, and what an operator does with it.

Parameters:

- \`widget\`: \`runs\` (default), \`run\`, \`dead-letters\`, \`schedules\`, \`limits\` or \`breakers\`
- \`queueClass\`: of \`dead-letters\`; default all classes
- \`job\`, \`state\`: of \`runs\`; default all
- \`run\`: of \`run\`, the id of one

\`\`\` yaml
widget: dead-letters
queueClass: critical
\`\`\`

Buttons ask first. They call the function as you: whoever may invoke it may do all of this.
`;
